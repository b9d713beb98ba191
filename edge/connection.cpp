#include "edge/connection.h"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <limits>

#include "edge/http_connection.h"
#include "edge/loop.h"
#include "wire/limits.h"
#include "wire/stamp_clock.h"

namespace trunkline::edge {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using ErrorCode = boost::system::error_code;

namespace {

constexpr std::size_t kFragmentsMaxBeforeLogin = 8, kFragmentsMax = 64;
constexpr std::size_t kEchoBytesMax = 16 * 1024 * 1024;  // what outside suites send
constexpr std::size_t kKeptReadBytes = 2 * 1024;  // an idle connection keeps no larger buffers
constexpr std::size_t kKeptBytes = 512;
constexpr std::size_t kGatheredBytesMax = 32 * 1024;  // then a message is full
constexpr int kMissedPingsMax = 2;
constexpr std::string_view kClose1009("\x88\x02\x03\xf1", 4);  // a whole frame

}  // namespace

Connection::Connection(Loop& loop, wire::SessionId id, const asio::ip::address& address)
    : loop_(&loop), id_(id), address_(address) {}
Connection::~Connection() = default;

void Connection::set_deadline(std::int64_t at_us) {
  deadline_us_ = at_us;
  if (loop_ != nullptr) loop_->schedule(*this);
}

namespace {

// What was upgraded: the messages of a WebSocket, over the layers that its HttpConnection has.
template <class Next>
class WebSocketConnection final : public HttpConnection<Next> {
 public:
  using HttpConnection<Next>::HttpConnection;

  void start() override;
  void write(std::string_view message, std::size_t frame_bytes) override;
  void gather(std::string_view frame, std::size_t frame_bytes) override;
  void trace(std::uint64_t trace_id) override { traced_.push_back({trace_id}); }
  void echo(std::string_view message) override;
  void read(bool on) override;
  void trust() override;
  void close(std::uint16_t code, std::int64_t patience_us) override;
  void flush() override;
  void look_at_clock() override;

 private:
  using Http = HttpConnection<Next>;
  using Http::conversation_, Http::id_, Http::kIsTls, Http::kLingerUs, Http::layer_, Http::loop_,
      Http::stage_;
  using Http::cut, Http::discard, Http::is_closed, Http::leave, Http::on_corked, Http::set_deadline;
  using typename Http::Layer, typename Http::Request, typename Http::Stage;

  std::shared_ptr<WebSocketConnection> self() {
    return std::static_pointer_cast<WebSocketConnection>(this->shared_from_this());
  }
  void upgrade(const Request& request, Protocol protocol) override;
  void on_flushed(std::size_t bytes, std::size_t corked) override;
  void on_upgraded(ErrorCode error, Protocol protocol);
  void read_message();
  void on_read(ErrorCode error, std::size_t size);
  void fail(ErrorCode error);
  void write_gathered();
  void card_written(std::size_t bytes, std::size_t corked);
  void ping();

  websocket::stream<Layer&, false> ws_{layer_};
  beast::flat_buffer in_;
  std::string gathered_;
  std::uint64_t messages_ = 0;
  std::size_t pending_frame_bytes_ = 0;  // written, and not told as flushed
  struct Traced {
    std::uint64_t id;
    std::uint64_t end = 0;  // of what lies before it, in flushed_bytes_; 0: not yet counted
  };
  std::vector<Traced> traced_;  // in the outbox; from a trace that is on
  std::uint64_t flushed_bytes_ = 0, flush_began_ns_ = 0;
  std::int64_t login_deadline_us_ = 0, next_ping_us_ = 0;
  int missed_pings_ = 0;
  bool reading_ = true;  // wanted
  bool read_under_way_ = false;
  bool heard_ = true;  // a sign of life since the last ping
};

// ---- from HTTP to messages

template <class Next>
void WebSocketConnection<Next>::start() {
  login_deadline_us_ = loop_->now_us() + loop_->config().times.login_us;
  Http::start();
}

template <class Next>
void WebSocketConnection<Next>::upgrade(const Request& request, Protocol protocol) {
  ws_.set_option(websocket::stream_base::decorator([protocol](websocket::response_type& response) {
    response.set(http::field::server, "trunkline");
    if (response.result() != http::status::switching_protocols) {
      for (const auto& [name, value] : security_headers(kIsTls)) response.set(name, value);
    } else if (protocol != Protocol::echo) {
      response.set(http::field::sec_websocket_protocol, name_of(protocol));
    }
  }));
  ws_.auto_fragment(false);
  ws_.text(protocol == Protocol::json);
  if (protocol == Protocol::echo) {
    ws_.read_message_max(kEchoBytesMax);
    login_deadline_us_ = std::numeric_limits<std::int64_t>::max();
  } else {
    ws_.read_message_max(wire::kFrameBytesMaxBeforeLogin);
    layer_.walker().begin(protocol == Protocol::json, kFragmentsMaxBeforeLogin);
  }
  ws_.async_accept(
      request, [self = self(), protocol](ErrorCode error) { self->on_upgraded(error, protocol); });
}

template <class Next>
void WebSocketConnection<Next>::on_upgraded(ErrorCode error, Protocol protocol) {
  if (is_closed()) return;
  if (error) {  // Beast has answered 400 or 426
    ++loop_->counters().http_refused;
    return leave();
  }
  Http::begin_messages();
  ++loop_->counters().upgraded;
  conversation_ = std::make_unique<Conversation>(*loop_, *this, protocol);
  ws_.control_callback([this](websocket::frame_type, beast::string_view) { heard_ = true; });
  next_ping_us_ = loop_->now_us() + loop_->config().times.ping_us;
  set_deadline(std::min(login_deadline_us_, next_ping_us_));
  if (loop_->is_leaving()) {  // a browser's page sees no status, but it does see `move`
    ++loop_->counters().turned_away;
    return loop_->send_away(*conversation_);
  }
  read_message();
}

// ---- messages

template <class Next>
void WebSocketConnection<Next>::read(bool on) {
  reading_ = on;
  if (!on) missed_pings_ = 0;
  read_message();
}

template <class Next>
void WebSocketConnection<Next>::read_message() {
  if (!reading_ || read_under_way_ || stage_ != Stage::open) return;
  read_under_way_ = true;
  ws_.async_read(
      in_, [self = self()](ErrorCode error, std::size_t size) { self->on_read(error, size); });
}

template <class Next>
void WebSocketConnection<Next>::on_read(ErrorCode error, std::size_t size) {
  read_under_way_ = false;
  if (is_closed()) return;
  if (stage_ == Stage::closing) return;  // its own handler ends it
  if (error) return fail(error);
  heard_ = true;
  ++messages_;
  if (layer_.walker().first_of_wrong_kind() == messages_) {
    conversation_->on_wrong_kind();
  } else {
    conversation_->on_message(static_cast<char*>(in_.data().data()), size);
  }
  in_.consume(size);
  if (in_.capacity() > kKeptReadBytes) in_ = beast::flat_buffer();
  read_message();
}

// Beast has written the close frame for what breaks RFC 6455 or is too large (1009); for a message
// of too many parts, which ends as a failed read, that is left to us. To be read it must not be
// overtaken by the reset that unread bytes would cause.
template <class Next>
void WebSocketConnection<Next>::fail(ErrorCode error) {
  const bool broken = error.category() == make_error_code(websocket::error::closed).category() &&
                      error != websocket::error::closed;
  if (!broken) return cut();
  ++loop_->counters().websockets_failed;
  conversation_->lost();
  if (error == websocket::error::buffer_overflow) {
    layer_.cork(asio::buffer(kClose1009));
    return leave();
  }
  set_deadline(loop_->now_us() + kLingerUs);
  discard();
}

template <class Next>
void WebSocketConnection<Next>::trust() {
  ws_.read_message_max(wire::kFrameBytesHardMax);
  layer_.walker().limit_fragments(kFragmentsMax);
  set_deadline(next_ping_us_);
}

template <class Next>
void WebSocketConnection<Next>::write(std::string_view message, std::size_t frame_bytes) {
  if (stage_ != Stage::open || !ws_.is_open()) return;
  pending_frame_bytes_ += frame_bytes;
  if (message.empty()) return on_corked();  // a page that goes on: flush() tells that it is taken
  ErrorCode error;
  ws_.write(asio::buffer(message), error);
}

template <class Next>
void WebSocketConnection<Next>::echo(std::string_view message) {
  ws_.text(ws_.got_text());
  ErrorCode error;
  if (stage_ == Stage::open && ws_.is_open()) ws_.write(asio::buffer(message), error);
}

template <class Next>
void WebSocketConnection<Next>::gather(std::string_view frame, std::size_t frame_bytes) {
  if (stage_ != Stage::open) return;
  if (gathered_.empty()) on_corked();
  pending_frame_bytes_ += frame_bytes;
  gathered_.append(frame);
  if (gathered_.size() >= kGatheredBytesMax) write_gathered();
}

template <class Next>
void WebSocketConnection<Next>::write_gathered() {
  if (gathered_.empty()) return;
  write(gathered_, 0);
  gathered_.clear();
  if (gathered_.capacity() > kKeptBytes) std::string().swap(gathered_);
}

template <class Next>
void WebSocketConnection<Next>::flush() {
  if (is_closed()) return;
  write_gathered();
  if (!traced_.empty()) flush_began_ns_ = wire::stamp_clock_ns();
  Http::flush();
}

// What the gateway counts are frames; of a part that has left, their share.
template <class Next>
void WebSocketConnection<Next>::on_flushed(std::size_t bytes, std::size_t corked) {
  if (!traced_.empty()) card_written(bytes, corked);
  flushed_bytes_ += bytes;
  const bool all = bytes == corked;
  if (pending_frame_bytes_ == 0 || (bytes == 0 && !all)) return;
  const std::size_t share = all ? pending_frame_bytes_ : pending_frame_bytes_ * bytes / corked;
  pending_frame_bytes_ -= share;
  loop_->step(edge::Flushed{id_, share});
}

template <class Next>
void WebSocketConnection<Next>::card_written(std::size_t bytes, std::size_t corked) {
  auto gone = traced_.begin();
  for (Traced& frame : traced_) {
    if (frame.end == 0) frame.end = flushed_bytes_ + corked;
    if (frame.end > flushed_bytes_ + bytes) continue;
    loop_->traced().add(frame.id, wire::Stage::edge_written, flush_began_ns_);
    gone = traced_.begin() + (&frame - traced_.data()) + 1;
  }
  traced_.erase(traced_.begin(), gone);
}

// ---- the end

template <class Next>
void WebSocketConnection<Next>::close(std::uint16_t code, std::int64_t patience_us) {
  if (stage_ != Stage::open) return;
  write_gathered();
  stage_ = Stage::closing;
  set_deadline(loop_->now_us() + patience_us);
  ws_.async_close(websocket::close_reason(code), [self = self()](ErrorCode) {
    if (!self->is_closed()) self->cut();
  });
}

template <class Next>
void WebSocketConnection<Next>::look_at_clock() {
  if (stage_ != Stage::open) return Http::look_at_clock();
  const std::int64_t now_us = loop_->now_us();
  if (conversation_->is_before_login() && now_us >= login_deadline_us_) {
    return conversation_->fail(wire::Code::auth_timeout, "no login in time");
  }
  if (now_us >= next_ping_us_) ping();
  if (stage_ != Stage::open) return;
  set_deadline(conversation_->is_before_login() ? std::min(login_deadline_us_, next_ping_us_)
                                                : next_ping_us_);
}

// Pongs that we do not read cannot be missed.
template <class Next>
void WebSocketConnection<Next>::ping() {
  missed_pings_ = heard_ || !reading_ ? 0 : missed_pings_ + 1;
  heard_ = false;
  next_ping_us_ = loop_->now_us() + loop_->config().times.ping_us;
  if (missed_pings_ == kMissedPingsMax) {
    ++loop_->counters().pings_missed;
    return cut();
  }
  ErrorCode error;
  ws_.ping({}, error);
}

}  // namespace

std::shared_ptr<Connection> make_connection(Loop& loop, wire::SessionId id, Socket socket,
                                            const asio::ip::address& address,
                                            asio::ssl::context* tls) {
  if (tls == nullptr) {
    return std::make_shared<WebSocketConnection<CorkedSocket>>(loop, id, address,
                                                               std::move(socket));
  }
  return std::make_shared<WebSocketConnection<TlsStream>>(loop, id, address, std::move(socket),
                                                          *tls);
}

}  // namespace trunkline::edge
