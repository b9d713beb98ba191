// The lowest layer of a connection: a TCP or UNIX socket whose writes are collected and sent once
// per turn.
//
// Whatever is written during a turn, synchronously by us or asynchronously by Beast and OpenSSL,
// is taken at once and lies corked; flush() at the end of the turn sends it with one system call.
// So a message costs neither a system call nor a completion of its own, and writing never waits.
// What the kernel does not take stays; the loop is woken when it may.
//
// Threads: the event loop's. Ownership: the connection owns it, and outlives its handlers.
#pragma once

#include <sys/socket.h>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <functional>
#include <string>
#include <utility>

namespace trunkline::edge {

// An executor by its type, not behind Asio's any_io_executor: one indirection less per operation.
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                boost::asio::io_context::executor_type>;

// Appends a buffer sequence. Returns its size.
template <class Buffers>
std::size_t append_buffers(std::string& out, const Buffers& buffers) {
  const std::size_t before = out.size();
  const auto end = boost::asio::buffer_sequence_end(buffers);
  for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at) {
    const boost::asio::const_buffer piece(*at);
    out.append(static_cast<const char*>(piece.data()), piece.size());
  }
  return out.size() - before;
}

// An asynchronous write on a layer that takes everything at once: `layer` has cork(), is_full(),
// notify() and socket(). A layer that is full lets it wait until the socket has taken some, so that
// a client who asks for pongs and reads none is not read either.
template <class Layer, class Buffers, class Handler>
void write_corked(Layer& layer, const Buffers& buffers, Handler handler) {
  if (!layer.is_full()) {
    const std::size_t size = layer.cork(buffers);
    boost::asio::post(
        layer.get_executor(),
        boost::beast::bind_handler(std::move(handler), boost::system::error_code(), size));
    return;
  }
  const auto executor = boost::asio::get_associated_executor(handler, layer.get_executor());
  auto again = [&layer, buffers,
                handler = std::move(handler)](boost::system::error_code error) mutable {
    if (error) return std::move(handler)(error, std::size_t{0});
    layer.notify();
    write_corked(layer, buffers, std::move(handler));
  };
  layer.socket().async_wait(Socket::wait_write,
                            boost::asio::bind_executor(executor, std::move(again)));
}

class CorkedSocket {
 public:
  using executor_type = Socket::executor_type;
  using lowest_layer_type = Socket;

  // `corked`: called when the first byte lies there, so that somebody will flush().
  CorkedSocket(Socket socket, std::function<void()> corked)
      : socket_(std::move(socket)), corked_(std::move(corked)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  Socket& lowest_layer() { return socket_; }
  const Socket& lowest_layer() const { return socket_; }
  Socket& socket() { return socket_; }

  std::size_t corked_bytes() const { return out_.size() - sent_; }
  bool is_full() const { return corked_bytes() >= kFullBytes; }
  void notify() { corked_(); }
  template <class Buffers>
  std::size_t cork(const Buffers& buffers) {
    const bool first = out_.empty();
    const std::size_t size = append_buffers(out_, buffers);
    if (first && size > 0) corked_();
    return size;
  }

  struct Flushed {
    std::size_t bytes = 0;  // that the kernel took
    bool failed = false;    // the connection is broken
  };
  Flushed flush();
  // Drops what is corked and closes. What waits on the socket ends with operation_aborted.
  void close();

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, boost::system::error_code& error) {
    error = {};
    return cork(buffers);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return cork(buffers);
  }
  // There is nothing to read without waiting: only asynchronous reads are served.
  template <class Buffers>
  std::size_t read_some(const Buffers&, boost::system::error_code& error) {
    error = boost::asio::error::would_block;
    return 0;
  }
  template <class Buffers>
  std::size_t read_some(const Buffers&) {
    throw boost::system::system_error(boost::asio::error::would_block);
  }
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto&& handler, const Buffers& bytes) {
          write_corked(*this, bytes, std::forward<decltype(handler)>(handler));
        },
        token, buffers);
  }

 private:
  // Above what the gateway lets lie there for a client (windows and answers), with room to spare.
  static constexpr std::size_t kFullBytes = 512 * 1024;

  Socket socket_;
  std::function<void()> corked_;
  std::string out_;
  std::size_t sent_ = 0;  // of out_
};

// How Beast ends a WebSocket on this layer: what is corked goes first, then the end of the stream.
// The connection closes the socket afterwards.
void teardown(boost::beast::role_type role, CorkedSocket& socket, boost::system::error_code& error);
void beast_close_socket(CorkedSocket& socket);

template <class Handler>
void async_teardown(boost::beast::role_type role, CorkedSocket& socket, Handler&& handler) {
  boost::system::error_code error;
  teardown(role, socket, error);
  boost::asio::post(socket.get_executor(),
                    boost::beast::bind_handler(std::forward<Handler>(handler), error));
}

}  // namespace trunkline::edge
