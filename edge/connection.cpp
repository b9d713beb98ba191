#include "edge/connection.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <limits>

#include "edge/http_parser.h"
#include "edge/loop.h"
#include "edge/watched_stream.h"
#include "wire/limits.h"

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
constexpr std::int64_t kLingerUs = 1'000'000;         // for the client to see an answer's end
constexpr std::int64_t kMetricsUs = 2'000'000;        // for the rank's part of /metrics
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

// `Next`: CorkedSocket, or TLS over one.
template <class Next>
class SocketConnection final : public Connection {
 public:
  template <class... Tls>
  SocketConnection(Loop& loop, wire::SessionId id, const asio::ip::address& address, Socket socket,
                   Tls&... tls)
      : Connection(loop, id, address),
        ws_(CorkedSocket(std::move(socket), [this] { on_corked(); }), tls...) {}

  void start() override;
  void answer(unsigned status, std::string_view type, std::string_view body) override;
  void add_metrics(std::string_view text, bool last) override;
  void write(std::string_view message, std::size_t frame_bytes) override;
  void gather(std::string_view frame, std::size_t frame_bytes) override;
  void echo(std::string_view message) override;
  void read(bool on) override;
  void trust() override;
  void close(std::uint16_t code, std::int64_t patience_us) override;
  std::string channel_binding() override;
  bool is_tls() const override { return kIsTls; }
  void flush() override;
  void look_at_clock() override;
  void cut() override;
  void abandon() override;

 private:
  using Layer = WatchedStream<Next>;
  static constexpr bool kIsTls = Layer::kIsTls;

  enum class Stage : std::uint8_t {
    greeting,   // TLS and the HTTP request
    answering,  // /metrics waits for the rank
    upgrading,
    open,
    closing,     // a close frame was written
    leaving,     // an HTTP answer was written
    discarding,  // nothing more is said or heard; the client closes, or is cut
    closed,
  };
  // What only the time until the upgrade needs.
  struct Http {
    beast::flat_buffer buffer{kHttpHeaderBytesMax + 1024};
    RequestParser parser;
    std::string metrics;
  };

  Layer& layer() { return ws_.next_layer(); }
  CorkedSocket& socket() { return layer().corked(); }
  std::shared_ptr<SocketConnection> self() {
    return std::static_pointer_cast<SocketConnection>(shared_from_this());
  }
  bool is_closed() const { return stage_ == Stage::closed; }

  void on_corked() {
    if (loop_ != nullptr) loop_->has_unflushed(*this);
  }
  void read_request();
  void on_request(ErrorCode error);
  void upgrade(Protocol protocol);
  void on_upgraded(ErrorCode error, Protocol protocol);
  void read_message();
  void on_read(ErrorCode error, std::size_t size);
  void fail(ErrorCode error);
  void write_gathered();
  void wait_for_room();
  void leave();
  void discard();
  void ping();

  websocket::stream<Layer, false> ws_;
  beast::flat_buffer in_;
  std::string gathered_;
  std::unique_ptr<Http> http_;
  char discarded_[64] = {};
  std::uint64_t messages_ = 0;
  std::size_t pending_frame_bytes_ = 0;  // written, and not told as flushed
  std::int64_t login_deadline_us_ = 0, next_ping_us_ = 0;
  int missed_pings_ = 0;
  Stage stage_ = Stage::greeting;
  bool reading_ = true;  // wanted
  bool read_under_way_ = false;
  bool waiting_for_room_ = false;
  bool heard_ = true;  // a sign of life since the last ping
};

// ---- HTTP

template <class Next>
void SocketConnection<Next>::start() {
  const std::int64_t now_us = loop_->now_us();
  set_deadline(now_us + loop_->config().times.upgrade_us);
  login_deadline_us_ = now_us + loop_->config().times.login_us;
  ErrorCode ignored;
  socket().socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if constexpr (kIsTls) {
    layer().next_layer().async_handshake(asio::ssl::stream_base::server,
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
void SocketConnection<Next>::read_request() {
  http_ = std::make_unique<Http>();
  http::async_read_header(layer(), http_->buffer, http_->parser,
                          [self = self()](ErrorCode error, std::size_t size) {
                            self->on_request(checked(error, size));
                          });
}

template <class Next>
void SocketConnection<Next>::on_request(ErrorCode error) {
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
      stage_ = Stage::answering;
      http_->metrics = loop_->own_metrics();
      set_deadline(loop_->now_us() + kMetricsUs);
      return loop_->ask_metrics(*this);
    case HttpAction::upgrade:
      return upgrade(decision.protocol);
  }
}

template <class Next>
void SocketConnection<Next>::answer(unsigned status, std::string_view type, std::string_view body) {
  if (stage_ != Stage::greeting && stage_ != Stage::answering) return;
  if (status / 100 == 4) ++loop_->counters().http_refused;
  layer().cork(asio::buffer(http_answer(status, type, body, kIsTls)));
  leave();
}

template <class Next>
void SocketConnection<Next>::add_metrics(std::string_view text, bool last) {
  if (stage_ != Stage::answering) return;
  http_->metrics.append(text);
  if (last) answer(200, "text/plain; version=0.0.4", http_->metrics);
}

// The answer leaves at the end of the turn, then we say that it was all and wait for the client to
// close: a socket that is closed with bytes unread would take the answer back.
template <class Next>
void SocketConnection<Next>::leave() {
  stage_ = Stage::leaving;
  set_deadline(loop_->now_us() + kLingerUs);
  layer().encrypt();
  if constexpr (kIsTls) {
    ErrorCode ignored;  // it would wait for the client's half, which discard() does
    layer().next_layer().shutdown(ignored);
  }
  on_corked();
}

template <class Next>
void SocketConnection<Next>::discard() {
  stage_ = Stage::discarding;
  socket().async_read_some(asio::buffer(discarded_), [self = self()](ErrorCode error, std::size_t) {
    if (self->is_closed()) return;
    if (error) return self->cut();
    self->discard();
  });
}

template <class Next>
void SocketConnection<Next>::upgrade(Protocol protocol) {
  // A client may send frames only after our answer (RFC 6455 section 4.1).
  if (http_->buffer.size() > 0) return answer(400, "text/plain", "frames before the handshake\n");
  stage_ = Stage::upgrading;
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
    layer().walker().begin(protocol == Protocol::json, kFragmentsMaxBeforeLogin);
  }
  ws_.async_accept(http_->parser.get(), [self = self(), protocol](ErrorCode error) {
    self->on_upgraded(error, protocol);
  });
}

template <class Next>
void SocketConnection<Next>::on_upgraded(ErrorCode error, Protocol protocol) {
  if (is_closed()) return;
  if (error) {  // Beast has answered 400 or 426
    ++loop_->counters().http_refused;
    return leave();
  }
  http_.reset();
  stage_ = Stage::open;
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
void SocketConnection<Next>::read(bool on) {
  reading_ = on;
  if (!on) missed_pings_ = 0;
  read_message();
}

template <class Next>
void SocketConnection<Next>::read_message() {
  if (!reading_ || read_under_way_ || stage_ != Stage::open) return;
  read_under_way_ = true;
  ws_.async_read(
      in_, [self = self()](ErrorCode error, std::size_t size) { self->on_read(error, size); });
}

template <class Next>
void SocketConnection<Next>::on_read(ErrorCode error, std::size_t size) {
  read_under_way_ = false;
  if (is_closed()) return;
  if (stage_ == Stage::closing) return;  // its own handler ends it
  if (error) return fail(error);
  heard_ = true;
  ++messages_;
  if (layer().walker().first_of_wrong_kind() == messages_) {
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
void SocketConnection<Next>::fail(ErrorCode error) {
  const bool broken = error.category() == make_error_code(websocket::error::closed).category() &&
                      error != websocket::error::closed;
  if (!broken) return cut();
  ++loop_->counters().websockets_failed;
  conversation_->lost();
  if (error == websocket::error::buffer_overflow) {
    layer().cork(asio::buffer(kClose1009));
    return leave();
  }
  set_deadline(loop_->now_us() + kLingerUs);
  discard();
}

template <class Next>
void SocketConnection<Next>::trust() {
  ws_.read_message_max(wire::kFrameBytesHardMax);
  layer().walker().limit_fragments(kFragmentsMax);
  set_deadline(next_ping_us_);
}

template <class Next>
void SocketConnection<Next>::write(std::string_view message, std::size_t frame_bytes) {
  if (stage_ != Stage::open || !ws_.is_open()) return;
  pending_frame_bytes_ += frame_bytes;
  if (message.empty()) return on_corked();  // a page that goes on: flush() tells that it is taken
  ErrorCode error;
  ws_.write(asio::buffer(message), error);
}

template <class Next>
void SocketConnection<Next>::echo(std::string_view message) {
  ws_.text(ws_.got_text());
  ErrorCode error;
  if (stage_ == Stage::open && ws_.is_open()) ws_.write(asio::buffer(message), error);
}

template <class Next>
void SocketConnection<Next>::gather(std::string_view frame, std::size_t frame_bytes) {
  if (stage_ != Stage::open) return;
  if (gathered_.empty()) on_corked();
  pending_frame_bytes_ += frame_bytes;
  gathered_.append(frame);
  if (gathered_.size() >= kGatheredBytesMax) write_gathered();
}

template <class Next>
void SocketConnection<Next>::write_gathered() {
  if (gathered_.empty()) return;
  write(gathered_, 0);
  gathered_.clear();
  if (gathered_.capacity() > kKeptBytes) std::string().swap(gathered_);
}

template <class Next>
void SocketConnection<Next>::flush() {
  if (is_closed()) return;
  write_gathered();
  layer().encrypt();
  const std::size_t corked = socket().corked_bytes();
  const CorkedSocket::Flushed flushed = socket().flush();
  if (corked > 0) ++loop_->counters().writes;
  loop_->counters().bytes_out += flushed.bytes;
  if (flushed.failed) return cut();
  const bool all = flushed.bytes == corked;
  if (!all) wait_for_room();
  if (stage_ == Stage::leaving && all) {
    ErrorCode ignored;
    socket().socket().shutdown(Socket::shutdown_send, ignored);
    return discard();
  }
  if (pending_frame_bytes_ == 0 || (flushed.bytes == 0 && !all)) return;
  // What the gateway counts are frames; of a part that has left, their share.
  const std::size_t share =
      all ? pending_frame_bytes_ : pending_frame_bytes_ * flushed.bytes / corked;
  pending_frame_bytes_ -= share;
  loop_->step(edge::Flushed{id_, share});
}

template <class Next>
void SocketConnection<Next>::wait_for_room() {
  if (waiting_for_room_) return;
  waiting_for_room_ = true;
  socket().socket().async_wait(Socket::wait_write, [self = self()](ErrorCode error) {
    self->waiting_for_room_ = false;
    if (!error && !self->is_closed()) self->on_corked();
  });
}

template <class Next>
std::string SocketConnection<Next>::channel_binding() {
  if constexpr (kIsTls) {
    return channel_binding_of(layer().next_layer().native_handle());
  } else {
    return {};
  }
}

// ---- the end

template <class Next>
void SocketConnection<Next>::close(std::uint16_t code, std::int64_t patience_us) {
  if (stage_ != Stage::open) return;
  write_gathered();
  stage_ = Stage::closing;
  set_deadline(loop_->now_us() + patience_us);
  ws_.async_close(websocket::close_reason(code), [self = self()](ErrorCode) {
    if (!self->is_closed()) self->cut();
  });
}

template <class Next>
void SocketConnection<Next>::look_at_clock() {
  if (is_closed()) return;
  const std::int64_t now_us = loop_->now_us();
  if (stage_ == Stage::answering) return add_metrics("", true);
  if (stage_ == Stage::greeting) ++loop_->counters().requests_late;
  if (stage_ != Stage::open) return cut();
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
void SocketConnection<Next>::ping() {
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

template <class Next>
void SocketConnection<Next>::cut() {
  if (is_closed()) return;
  stage_ = Stage::closed;
  socket().close();
  Loop* loop = std::exchange(loop_, nullptr);
  loop->closed(*this);
}

template <class Next>
void SocketConnection<Next>::abandon() {
  stage_ = Stage::closed;
  loop_ = nullptr;
  socket().close();
}

}  // namespace

std::shared_ptr<Connection> make_connection(Loop& loop, wire::SessionId id, Socket socket,
                                            const asio::ip::address& address,
                                            asio::ssl::context* tls) {
  if (tls == nullptr) {
    return std::make_shared<SocketConnection<CorkedSocket>>(loop, id, address, std::move(socket));
  }
  return std::make_shared<SocketConnection<TlsStream>>(loop, id, address, std::move(socket), *tls);
}

}  // namespace trunkline::edge
