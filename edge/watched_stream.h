// A layer between Beast's WebSocket and the socket or TLS below it. Every byte that is read passes
// a FrameWalker. What is written goes straight to a CorkedSocket, which collects it; above TLS it
// is collected here, so that the messages of a turn become one TLS record and not two each.
//
// Threads: the event loop's.
#pragma once

#include <algorithm>
#include <boost/asio/associator.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <type_traits>

#include "edge/corked_socket.h"
#include "edge/frame_walker.h"

namespace trunkline::edge {

using TlsStream = boost::asio::ssl::stream<CorkedSocket>;

// A read's completion, by way of the walker. Executor and allocator are those of what it wraps.
template <class Handler, class Buffers>
struct WalkedRead {
  FrameWalker& walker;
  Buffers buffers;
  Handler handler;

  void operator()(boost::system::error_code error, std::size_t size) {
    std::size_t left = size;
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end && left > 0; ++at) {
      const boost::asio::mutable_buffer piece(*at);
      const std::size_t filled = std::min(left, piece.size());
      if (!walker.walk(static_cast<char*>(piece.data()), filled)) {
        error = boost::beast::websocket::error::buffer_overflow;
      }
      left -= filled;
    }
    std::move(handler)(error, size);
  }
};

// `Next`: CorkedSocket or TlsStream.
template <class Next>
class WatchedStream {
 public:
  static constexpr bool kIsTls = std::is_same_v<Next, TlsStream>;
  using next_layer_type = Next;
  using executor_type = CorkedSocket::executor_type;

  template <class... Arguments>
  explicit WatchedStream(Arguments&&... arguments) : next_(std::forward<Arguments>(arguments)...) {}

  executor_type get_executor() { return next_.get_executor(); }
  Next& next_layer() { return next_; }
  const Next& next_layer() const { return next_; }
  FrameWalker& walker() { return walker_; }
  CorkedSocket& corked() {
    if constexpr (kIsTls) {
      return next_.next_layer();
    } else {
      return next_;
    }
  }

  Socket& socket() { return corked().socket(); }
  bool is_full() { return corked().corked_bytes() + plain_.size() >= kFullBytes; }
  void notify() { corked().notify(); }
  template <class Buffers>
  std::size_t cork(const Buffers& buffers) {
    if constexpr (!kIsTls) return next_.cork(buffers);
    const bool first = plain_.empty();
    const std::size_t size = append_buffers(plain_, buffers);
    if (first && size > 0) notify();
    return size;
  }
  // Through TLS into the corked socket. Nothing happens without TLS.
  void encrypt() {
    if constexpr (kIsTls) {
      if (plain_.empty()) return;
      boost::system::error_code error;  // the reading side meets it too, and ends the connection
      boost::asio::write(next_, boost::asio::buffer(plain_), error);
      std::string().swap(plain_);
    }
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, boost::system::error_code& error) {
    error = {};
    return cork(buffers);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return cork(buffers);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, boost::system::error_code& error) {
    return next_.read_some(buffers, error);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    return next_.read_some(buffers);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto&& handler, const Buffers& bytes) {
          write_corked(*this, bytes, std::forward<decltype(handler)>(handler));
        },
        token, buffers);
  }
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto&& handler, const Buffers& wanted) {
          using Handler = std::decay_t<decltype(handler)>;
          next_.async_read_some(
              wanted, WalkedRead<Handler, Buffers>{walker_, wanted,
                                                   std::forward<decltype(handler)>(handler)});
        },
        token, buffers);
  }

 private:
  // As for CorkedSocket, and all of it may lie here.
  static constexpr std::size_t kFullBytes = 512 * 1024;

  Next next_;
  FrameWalker walker_;
  std::string plain_;  // with TLS: written in this turn, not yet encrypted
};

// How Beast ends a WebSocket: our half of TLS's end and of TCP's, and no waiting for the client's,
// who might never send it.
template <class Next>
void teardown(boost::beast::role_type role, WatchedStream<Next>& stream,
              boost::system::error_code& error) {
  stream.encrypt();
  if constexpr (WatchedStream<Next>::kIsTls) {
    boost::system::error_code ignored;  // that the client's half is not there yet
    stream.next_layer().shutdown(ignored);
  }
  teardown(role, stream.corked(), error);
}

template <class Next, class Handler>
void async_teardown(boost::beast::role_type role, WatchedStream<Next>& stream, Handler&& handler) {
  boost::system::error_code error;
  teardown(role, stream, error);
  boost::asio::post(stream.get_executor(),
                    boost::beast::bind_handler(std::forward<Handler>(handler), error));
}

}  // namespace trunkline::edge

template <template <class, class> class Associator, class Handler, class Buffers, class Default>
struct boost::asio::associator<Associator, trunkline::edge::WalkedRead<Handler, Buffers>, Default>
    : Associator<Handler, Default> {
  static typename Associator<Handler, Default>::type get(
      const trunkline::edge::WalkedRead<Handler, Buffers>& read,
      const Default& otherwise = Default()) noexcept {
    return Associator<Handler, Default>::get(read.handler, otherwise);
  }
};
