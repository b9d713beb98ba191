#include "lab/connection.h"

#include <openssl/rand.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <vector>

#include "lab/url.h"
#include "wire/base64.h"

namespace trunkline::lab {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Stream = asio::generic::stream_protocol;  // TCP or UNIX
using Error = boost::system::error_code;

namespace {

constexpr std::size_t kGatherBytesMax = 64 * 1024;
constexpr std::size_t kGatherMessageBytesMax = 32 * 1024;  // beyond its first frame
constexpr std::size_t kReadBytesMin = 4 * 1024;            // of an idle connection
constexpr std::size_t kReadBytesMax = 256 * 1024;          // of a busy one
constexpr std::size_t kMessageBytesMax = 4 * 1024 * 1024;
constexpr std::uint16_t kBroken = 1006;

std::uint32_t random_number() {
  std::uint32_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number);
  return number;
}

std::string upgrade_request(const Url& url, const ConnectionConfig& config) {
  unsigned char nonce[16];
  RAND_bytes(nonce, sizeof nonce);
  std::string text = "GET " + url.path + " HTTP/1.1\r\nHost: " + url.authority() +
                     "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                     wire::to_base64({reinterpret_cast<const char*>(nonce), sizeof nonce}) + "\r\n";
  if (!config.sub_protocol.empty()) {
    text += "Sec-WebSocket-Protocol: " + config.sub_protocol + "\r\n";
  }
  if (!config.origin.empty()) text += "Origin: " + config.origin + "\r\n";
  return text + "\r\n";
}

}  // namespace

// Handlers of asio hold it; what the end of the Connection takes away is `handlers_`.
class Connection::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, ConnectionConfig config, Handlers handlers)
      : config_(std::move(config)),
        handlers_(std::make_shared<const Handlers>(std::move(handlers))),
        url_(parse_url(config_.url)),
        resolver_(io),
        socket_(io),
        mask_(random_number()) {
    if (url_.path == "/") url_.path = "/ws";
  }

  void open() {
    if (!url_.socket_path.empty()) {
      try {
        return connect({asio::local::stream_protocol::endpoint(url_.socket_path)});
      } catch (const boost::system::system_error& too_long) {
        return fail_later("cannot connect to " + url_.socket_path, too_long.code());
      }
    }
    resolver_.async_resolve(url_.host, url_.port,
                            [self = shared_from_this()](Error bad, const auto& addresses) {
                              if (bad) return self->fail("cannot find " + self->url_.host, bad);
                              std::vector<Stream::endpoint> endpoints;
                              for (const auto& address : addresses) {
                                endpoints.emplace_back(address.endpoint());
                              }
                              self->connect(endpoints);
                            });
  }

  void send(Opcode opcode, wire::BytesView payload, bool last) {
    if (state_ != State::open) return;
    end_message();
    append(opcode, payload, last);
    flush_soon();
  }

  void gather(wire::BytesView payload) {
    if (state_ != State::open) return;
    if (message_.size() + payload.size() > kGatherMessageBytesMax) end_message();
    message_.append(payload);
    flush_soon();
  }

  void flush() {
    if (writing_ || state_ == State::closed) return;
    end_message();
    if (gathered_.empty()) return;
    std::size_t written = 0;
    if (!tls_) {
      // Most often the socket takes it all at once, without a trip through the event loop.
      Error bad;
      written = socket_.write_some(asio::buffer(gathered_), bad);
      if (bad) written = 0;
      if (written == gathered_.size()) {
        gathered_.clear();
        return;
      }
    }
    writing_ = true;
    in_flight_.swap(gathered_);
    gathered_.clear();
    write_rest(written);
  }

  std::size_t unsent_bytes() const {
    return message_.size() + gathered_.size() + (writing_ ? in_flight_.size() : 0);
  }

  void read(bool on) {
    const bool resume = on && !reading_;
    reading_ = on;
    if (resume && !read_pending_ && state_ != State::closed) {
      asio::post(socket_.get_executor(), [self = shared_from_this()] { self->take_and_read(); });
    }
  }

  void close(std::uint16_t code, std::string_view reason) {
    send(Opcode::close, close_payload(code, reason), true);
    flush();
  }

  void cut() {
    handlers_.reset();
    finish();
  }

  wire::Bytes channel_binding() const {
    wire::Bytes bytes;
    if (!tls_) return bytes;
    constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
    bytes.resize(32);
    SSL_export_keying_material(tls_->native_handle(),
                               reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                               kLabel.data(), kLabel.size(), nullptr, 0, 1);
    return bytes;
  }

 private:
  enum class State : std::uint8_t { connecting, upgrading, open, closed };

  void connect(const std::vector<Stream::endpoint>& endpoints) {
    asio::async_connect(socket_, endpoints,
                        [self = shared_from_this()](Error bad, const Stream::endpoint&) {
                          if (bad)
                            return self->fail("cannot connect to " + self->url_.authority(), bad);
                          Error ignored;
                          self->socket_.set_option(tcp::no_delay(true), ignored);
                          self->socket_.non_blocking(true, ignored);
                          if (!self->url_.tls) return self->upgrade();
                          self->begin_tls();
                        });
  }

  void begin_tls() {
    context_.emplace(asio::ssl::context::tls_client);
    context_->set_default_verify_paths();
    tls_ = std::make_unique<asio::ssl::stream<Stream::socket&>>(socket_, *context_);
    if (config_.verify_certificate) {
      tls_->set_verify_mode(asio::ssl::verify_peer);
      tls_->set_verify_callback(asio::ssl::host_name_verification(url_.host));
    } else {
      tls_->set_verify_mode(asio::ssl::verify_none);
    }
    SSL_set_tlsext_host_name(tls_->native_handle(), url_.host.c_str());
    tls_->async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](Error bad) {
      if (bad) return self->fail("TLS with " + self->url_.authority(), bad);
      self->upgrade();
    });
  }

  void upgrade() {
    state_ = State::upgrading;
    gathered_ = upgrade_request(url_, config_);
    response_.emplace();
    response_->body_limit(kMessageBytesMax);
    flush();
    read_more();
  }

  // ---- writing: frames go to message_ (binary ones that gather), to gathered_, to in_flight_

  void append(Opcode opcode, wire::BytesView payload, bool last) {
    // Masks must differ (RFC 6455 section 5.3); that they cannot be foretold matters to browsers.
    mask_ = mask_ * 1664525U + 1013904223U;
    append_client_frame(gathered_, opcode, payload, mask_, last);
  }

  void end_message() {
    if (message_.empty()) return;
    append(Opcode::binary, message_, true);
    message_.clear();
  }

  void flush_soon() {
    if (gathered_.size() >= kGatherBytesMax) return flush();
    if (flush_posted_) return;
    flush_posted_ = true;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->flush_posted_ = false;
      self->flush();
    });
  }

  void write_rest(std::size_t from) {
    const auto buffer = asio::buffer(in_flight_) + from;
    auto done = [self = shared_from_this()](Error bad, std::size_t) {
      self->writing_ = false;
      // What the server said last may still lie unread: the reader tells how it ended.
      if (bad) return;
      self->in_flight_.clear();
      self->flush();
    };
    if (tls_) {
      asio::async_write(*tls_, buffer, std::move(done));
    } else {
      asio::async_write(socket_, buffer, std::move(done));
    }
  }

  // ---- reading: [taken_, filled_) of buffer_ is what was read and not yet taken

  void read_more() {
    if (read_pending_ || !reading_ || state_ == State::closed) return;
    if (taken_ > 0) {
      buffer_.erase(0, taken_);
      filled_ -= taken_;
      taken_ = 0;
    }
    if (buffer_.size() < filled_ + kReadBytesMin) buffer_.resize(filled_ + kReadBytesMin);
    read_pending_ = true;
    auto done = [self = shared_from_this()](Error bad, std::size_t size) {
      self->read_pending_ = false;
      self->filled_ += size;
      // A read that filled its room asks for a larger one.
      if (self->filled_ == self->buffer_.size() && self->buffer_.size() < kReadBytesMax) {
        self->buffer_.resize(self->buffer_.size() * 4);
      }
      if (bad) return self->broken(bad);
      if (self->reading_) self->take_and_read();
    };
    const auto room = asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_);
    if (tls_) {
      tls_->async_read_some(room, std::move(done));
    } else {
      socket_.async_read_some(room, std::move(done));
    }
  }

  void take_and_read() {
    // A handler may destroy the connection, and with it the handlers.
    const auto self = shared_from_this();
    const auto handlers = handlers_;
    if (state_ == State::upgrading) take_response();
    while (state_ == State::open && reading_ && take_frame()) {
    }
    read_more();
  }

  void take_response() {
    Error bad;
    while (taken_ < filled_ && !response_->is_done() && !bad) {
      const std::size_t used =
          response_->put(asio::buffer(buffer_.data() + taken_, filled_ - taken_), bad);
      taken_ += used;
      if (bad == http::error::need_more) return;
      if (response_->is_header_done() &&
          response_->get().result() == http::status::switching_protocols) {
        return upgraded();
      }
    }
    if (bad) return fail("no HTTP answer", bad);
    if (response_->is_done()) refused();
  }

  void upgraded() {
    if (response_->get()[http::field::sec_websocket_protocol] != config_.sub_protocol) {
      return closed({0, "the server chose another sub-protocol", 101, {}});
    }
    response_.reset();
    state_ = State::open;
    if (handlers_ && handlers_->on_open) handlers_->on_open();
  }

  void refused() {
    const auto& answer = response_->get();
    closed({0, "HTTP " + std::to_string(answer.result_int()), answer.result_int(), answer.body()});
  }

  // True: one was taken, there may be more.
  bool take_frame() {
    wire::BytesView left(buffer_.data() + taken_, filled_ - taken_);
    ServerFrame frame;
    const Taking taking = take_server_frame(left, frame);
    if (taking == Taking::incomplete) {
      if (filled_ - taken_ > kMessageBytesMax) closed({kBroken, "a message too large", 0, {}});
      return false;
    }
    if (taking == Taking::broken) {
      closed({kBroken, "not a WebSocket frame", 0, {}});
      return false;
    }
    taken_ = filled_ - left.size();
    dispatch(frame);
    return true;
  }

  void dispatch(const ServerFrame& frame) {
    switch (frame.opcode) {
      case Opcode::ping:
        if (config_.answer_pings) send(Opcode::pong, frame.payload, true);
        return;
      case Opcode::pong:
        return;
      case Opcode::close:
        return answer_close(frame.payload);
      default:
        break;
    }
    if (frame.opcode != Opcode::continuation) parts_opcode_ = frame.opcode;
    if (frame.last && parts_.empty()) {
      deliver(frame.payload);
      return;
    }
    parts_.append(frame.payload);
    if (!frame.last) return;
    const wire::Bytes whole = std::exchange(parts_, {});
    deliver(whole);
  }

  void deliver(wire::BytesView message) {
    if (handlers_ && handlers_->on_message) handlers_->on_message(parts_opcode_, message);
  }

  void answer_close(wire::BytesView payload) {
    const std::uint16_t code = close_code(payload);
    std::string reason(payload.size() > 2 ? payload.substr(2) : wire::BytesView());
    send(Opcode::close, payload.substr(0, 2), true);
    flush();
    closed({code, std::move(reason), 0, {}});
  }

  // ---- the end

  void broken(Error why) {
    const std::uint16_t code = state_ == State::open ? kBroken : std::uint16_t{0};
    closed({code, why.message(), 0, {}});
  }
  void fail_later(const std::string& what, Error why) {
    asio::post(socket_.get_executor(),
               [self = shared_from_this(), what, why] { self->fail(what, why); });
  }
  void fail(const std::string& what, Error why) { closed({0, what + ": " + why.message(), 0, {}}); }
  void closed(const Closed& how) {
    if (state_ == State::closed) return;
    finish();
    const auto last = std::exchange(handlers_, nullptr);
    if (last && last->on_closed) last->on_closed(how);
  }
  void finish() {
    state_ = State::closed;
    resolver_.cancel();
    Error ignored;
    socket_.shutdown(Stream::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  ConnectionConfig config_;
  std::shared_ptr<const Handlers> handlers_;
  Url url_;
  tcp::resolver resolver_;
  Stream::socket socket_;
  std::optional<asio::ssl::context> context_;
  std::unique_ptr<asio::ssl::stream<Stream::socket&>> tls_;
  State state_ = State::connecting;
  std::optional<http::response_parser<http::string_body>> response_;

  wire::Bytes message_, gathered_, in_flight_;
  bool writing_ = false, flush_posted_ = false;
  std::uint32_t mask_;

  wire::Bytes buffer_, parts_;
  std::size_t taken_ = 0, filled_ = 0;
  Opcode parts_opcode_ = Opcode::binary;
  bool reading_ = true, read_pending_ = false;
};

Connection::Connection(asio::io_context& io, ConnectionConfig config, Handlers handlers)
    : impl_(std::make_shared<Impl>(io, std::move(config), std::move(handlers))) {}
Connection::~Connection() {
  impl_->cut();
}
void Connection::open() {
  impl_->open();
}
void Connection::send(Opcode opcode, wire::BytesView payload, bool last) {
  impl_->send(opcode, payload, last);
}
void Connection::gather(wire::BytesView payload) {
  impl_->gather(payload);
}
void Connection::flush() {
  impl_->flush();
}
std::size_t Connection::unsent_bytes() const {
  return impl_->unsent_bytes();
}
void Connection::read(bool on) {
  impl_->read(on);
}
void Connection::close(std::uint16_t code, std::string_view reason) {
  impl_->close(code, reason);
}
wire::Bytes Connection::channel_binding() const {
  return impl_->channel_binding();
}

}  // namespace trunkline::lab
