#include "edge/http_connection.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/read.hpp>

#include "edge/live_table.h"
#include "edge/loop.h"
#include "edge/page.h"
#include "edge/tls.h"

namespace trunkline::edge {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

namespace {

constexpr std::int64_t kMetricsUs = 2'000'000;  // for the rank's part of /metrics
constexpr std::int64_t kLiveUs = 1'000'000;     // for all ranks' part of the live page

}  // namespace

template <class Next>
void HttpConnection<Next>::start() {
  set_deadline(loop_->now_us() + loop_->config().times.upgrade_us);
  ErrorCode ignored;
  layer_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if constexpr (kIsTls) {
    layer_.next_layer().async_handshake(asio::ssl::stream_base::server,
                                        [self = self()](ErrorCode error) {
                                          if (self->is_closed()) return;
                                          if (!error) return self->read_request();
                                          ++self->loop_->counters().tls_failed;
                                          self->cut();
                                        });
  } else {
    read_request();
  }
}

template <class Next>
void HttpConnection<Next>::read_request() {
  http_ = std::make_unique<Http>();
  http::async_read_header(layer_, http_->buffer, http_->parser,
                          [self = self()](ErrorCode error, std::size_t size) {
                            self->on_request(checked(error, size));
                          });
}

template <class Next>
void HttpConnection<Next>::on_request(ErrorCode error) {
  if (is_closed()) return;
  if (const unsigned status = status_of(error); status != 0) {
    return answer(status, "text/plain", "this is no request of HTTP/1.1 below 8 KiB\n");
  }
  if (error) return cut();
  std::string protocols;
  const HttpRequest request = request_of(http_->parser, protocols);
  const HttpDecision decision = loop_->config().echo ? decide_echo(request, loop_->origins())
                                                     : decide(request, loop_->origins());
  switch (decision.action) {
    case HttpAction::answer:
      return answer(decision.status, "text/plain", decision.text);
    case HttpAction::health:
      return answer(loop_->is_healthy() ? 200 : 503, "application/json", loop_->health());
    case HttpAction::metrics:
      http_->metrics = loop_->own_metrics();
      wait_for_ranks(Waits::metrics, kMetricsUs);
      return loop_->ask_metrics(*this);
    case HttpAction::lab:
      return answer_lab(request);
    case HttpAction::upgrade:
      // A client may send frames only after our answer (RFC 6455 section 4.1).
      if (http_->buffer.size() > 0) {
        return answer(400, "text/plain", "frames before the handshake\n");
      }
      stage_ = Stage::upgrading;
      return upgrade(http_->parser.get(), decision.protocol);
  }
}

template <class Next>
void HttpConnection<Next>::answer(unsigned status, std::string_view type, std::string_view body) {
  answer({.status = status, .type = type, .body = body});
}

template <class Next>
void HttpConnection<Next>::answer(const HttpAnswer& answer) {
  if (stage_ != Stage::greeting && stage_ != Stage::answering) return;
  if (answer.status / 100 == 4) ++loop_->counters().http_refused;
  layer_.cork(asio::buffer(http_answer(answer, kIsTls)));
  leave();
}

template <class Next>
void HttpConnection<Next>::wait_for_ranks(Waits what, std::int64_t at_most_us) {
  stage_ = Stage::answering;
  http_->waits = what;
  set_deadline(loop_->now_us() + at_most_us);
}

// The page and its parts are there at once; its numbers when the ranks have told them.
template <class Next>
void HttpConnection<Next>::answer_lab(const HttpRequest& request) {
  if (!loop_->shows_live_page()) {
    return answer({.status = 403, .body = "the live page is off here; --live-page on shows it\n"});
  }
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (path == "/lab/") return answer({.status = 308, .location = "../lab"});
  if (path == "/lab/data.json" || path == "/lab/table") {
    wait_for_ranks(path == "/lab/table" ? Waits::table : Waits::data, kLiveUs);
    return loop_->look_live(*this);
  }
  const PagePart* part = page_part(path);
  if (part == nullptr) return answer({.status = 404, .body = "the live page is at /lab\n"});
  const bool is_known = request.if_none_match == part->etag;
  answer({.status = is_known ? 304u : 200u,
          .type = part->type,
          .body = is_known ? std::string_view() : part->body,
          .etag = part->etag,
          .is_page = true});
}

template <class Next>
void HttpConnection<Next>::show_live(const LiveSnapshot& snapshot) {
  if (stage_ != Stage::answering || http_->waits == Waits::metrics) return;
  if (http_->waits == Waits::data) return answer(200, "application/json", live_json(snapshot));
  answer({.type = "text/html", .body = live_table(snapshot), .is_page = true});
}

template <class Next>
void HttpConnection<Next>::add_metrics(std::string_view text, bool last) {
  if (stage_ != Stage::answering || http_->waits != Waits::metrics) return;
  http_->metrics.append(text);
  if (last) answer(200, "text/plain; version=0.0.4", http_->metrics);
}

template <class Next>
void HttpConnection<Next>::begin_messages() {
  http_.reset();
  stage_ = Stage::open;
}

// ---- what is written, at the end of the turn

template <class Next>
void HttpConnection<Next>::on_corked() {
  if (loop_ != nullptr) loop_->has_unflushed(*this);
}

template <class Next>
void HttpConnection<Next>::flush() {
  if (is_closed()) return;
  layer_.encrypt();
  const std::size_t corked = layer_.corked().corked_bytes();
  const CorkedSocket::Flushed flushed = layer_.corked().flush();
  if (corked > 0) ++loop_->counters().writes;
  loop_->counters().bytes_out += flushed.bytes;
  if (flushed.failed) return cut();
  const bool all = flushed.bytes == corked;
  if (!all) wait_for_room();
  if (stage_ == Stage::leaving && all) {
    ErrorCode ignored;
    layer_.socket().shutdown(Socket::shutdown_send, ignored);
    return discard();
  }
  on_flushed(flushed.bytes, corked);
}

template <class Next>
void HttpConnection<Next>::wait_for_room() {
  if (waiting_for_room_) return;
  waiting_for_room_ = true;
  layer_.socket().async_wait(Socket::wait_write, [self = self()](ErrorCode error) {
    self->waiting_for_room_ = false;
    if (!error && !self->is_closed()) self->on_corked();
  });
}

template <class Next>
std::string HttpConnection<Next>::channel_binding() {
  if constexpr (kIsTls) {
    return channel_binding_of(layer_.next_layer().native_handle());
  } else {
    return {};
  }
}

// ---- the end

// The answer leaves at the end of the turn, then we say that it was all and wait for the client to
// close: a socket that is closed with bytes unread would take the answer back.
template <class Next>
void HttpConnection<Next>::leave() {
  stage_ = Stage::leaving;
  set_deadline(loop_->now_us() + kLingerUs);
  layer_.encrypt();
  if constexpr (kIsTls) {
    ErrorCode ignored;  // it would wait for the client's half, which discard() does
    layer_.next_layer().shutdown(ignored);
  }
  on_corked();
}

template <class Next>
void HttpConnection<Next>::discard() {
  stage_ = Stage::discarding;
  layer_.corked().async_read_some(asio::buffer(discarded_),
                                  [self = self()](ErrorCode error, std::size_t) {
                                    if (self->is_closed()) return;
                                    if (error) return self->cut();
                                    self->discard();
                                  });
}

template <class Next>
void HttpConnection<Next>::look_at_clock() {
  if (is_closed()) return;
  if (stage_ == Stage::answering) {
    if (http_->waits == Waits::metrics) return add_metrics("", true);
    return show_live(loop_->live_snapshot());
  }
  if (stage_ == Stage::greeting) ++loop_->counters().requests_late;
  cut();
}

template <class Next>
void HttpConnection<Next>::cut() {
  if (is_closed()) return;
  stage_ = Stage::closed;
  layer_.corked().close();
  Loop* loop = std::exchange(loop_, nullptr);
  loop->closed(*this);
}

template <class Next>
void HttpConnection<Next>::abandon() {
  stage_ = Stage::closed;
  loop_ = nullptr;
  layer_.corked().close();
}

template class HttpConnection<CorkedSocket>;
template class HttpConnection<TlsStream>;

}  // namespace trunkline::edge
