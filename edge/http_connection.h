// A connection as far as it is no WebSocket: its socket and TLS, one HTTP request, the answer to
// it, and an end that the client gets to read. The WebSocket is what comes of it (connection.cpp).
//
// Threads, ownership: as a Connection.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>

#include "edge/connection.h"
#include "edge/http_parser.h"
#include "edge/watched_stream.h"

namespace trunkline::edge {

// `Next`: CorkedSocket, or TLS over one.
template <class Next>
class HttpConnection : public Connection {
 public:
  // `tls`: its context, where there is TLS.
  template <class... Tls>
  HttpConnection(Loop& loop, wire::SessionId id, const boost::asio::ip::address& address,
                 Socket socket, Tls&... tls)
      : Connection(loop, id, address),
        layer_(CorkedSocket(std::move(socket), [this] { on_corked(); }), tls...) {}

  void start() override;
  void answer(unsigned status, std::string_view type, std::string_view body) final;
  void add_metrics(std::string_view text, bool last) final;
  void show_live(const LiveSnapshot& snapshot) final;
  std::string channel_binding() final;
  bool is_tls() const final { return kIsTls; }
  void flush() override;
  void look_at_clock() override;
  void cut() final;
  void abandon() final;

 protected:
  using Layer = WatchedStream<Next>;
  using Request = RequestParser::value_type;
  static constexpr bool kIsTls = Layer::kIsTls;
  static constexpr std::int64_t kLingerUs = 1'000'000;  // for the client to see an answer's end

  enum class Stage : std::uint8_t {
    greeting,   // TLS and the HTTP request
    answering,  // /metrics or the live page waits for ranks
    upgrading,
    open,        // a WebSocket
    closing,     // a close frame was written
    leaving,     // an HTTP answer was written
    discarding,  // nothing more is said or heard; the client closes, or is cut
    closed,
  };

  // Makes a WebSocket of it: ends in begin_messages(), or where the request was answered otherwise,
  // in leave(). The request lives until then.
  virtual void upgrade(const Request& request, Protocol protocol) = 0;
  // Of so many bytes that lay corked, so many have left.
  virtual void on_flushed(std::size_t bytes, std::size_t corked) = 0;

  bool is_closed() const { return stage_ == Stage::closed; }
  void begin_messages();
  void on_corked();  // something lies there to be flushed
  void leave();
  void discard();

  Layer layer_;
  Stage stage_ = Stage::greeting;

 private:
  // What only the time until the upgrade needs.
  struct Http {
    boost::beast::flat_buffer buffer{kHttpHeaderBytesMax + 1024};
    RequestParser parser;
    enum class Waits : std::uint8_t { metrics, data, table } waits = Waits::metrics;
    std::string metrics;
  };
  using Waits = typename Http::Waits;

  std::shared_ptr<HttpConnection> self() {
    return std::static_pointer_cast<HttpConnection>(shared_from_this());
  }
  void read_request();
  void on_request(boost::system::error_code error);
  void answer(const HttpAnswer& answer);
  void answer_lab(const HttpRequest& request);
  void wait_for_ranks(Waits what, std::int64_t at_most_us);
  void wait_for_room();

  std::unique_ptr<Http> http_;
  char discarded_[64] = {};
  bool waiting_for_room_ = false;
};

extern template class HttpConnection<CorkedSocket>;
extern template class HttpConnection<TlsStream>;

}  // namespace trunkline::edge
