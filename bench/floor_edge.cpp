#include "bench/floor_edge.h"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <charconv>

#include "bench/floor_frame.h"

namespace trunkline::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

// One socket. Everything that waits for it goes out as one message; one write is under way, ever.
class FloorSession : public std::enable_shared_from_this<FloorSession> {
 public:
  FloorSession(tcp::socket socket, FloorEdge& edge) : edge_(edge), ws_(std::move(socket)) {}

  void start() {
    auto request = std::make_shared<http::request<http::empty_body>>();
    http::async_read(ws_.next_layer(), in_, *request,
                     [self = shared_from_this(), request](beast::error_code error, std::size_t) {
                       if (!error) self->upgrade(*request);
                     });
  }

  void give(std::string_view frame) { outbox_.append(frame); }
  bool idle() const { return outbox_.empty(); }

  void write() {
    if (writing_ || outbox_.empty()) return;
    writing_ = true;
    out_.swap(outbox_);
    ws_.async_write(asio::buffer(out_),
                    [self = shared_from_this()](beast::error_code error, std::size_t) {
                      self->out_.clear();
                      self->writing_ = false;
                      if (!error) self->write();
                    });
  }

 private:
  void upgrade(const http::request<http::empty_body>& request) {
    std::uint32_t number = 0;
    const auto path = request.target();
    std::from_chars(path.data() + 1, path.data() + path.size(), number);
    if (number >= edge_.sessions_.size()) edge_.sessions_.resize(number + 1);
    edge_.sessions_[number] = weak_from_this();
    ws_.binary(true);
    ws_.auto_fragment(false);
    ws_.async_accept(request, [self = shared_from_this()](beast::error_code error) {
      self->in_ = beast::flat_buffer();
      if (!error) self->read();
    });
  }

  void read() {
    ws_.async_read(in_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      const auto frames = self->in_.cdata();
      self->edge_.up_.append(static_cast<const char*>(frames.data()), frames.size());
      self->in_.consume(frames.size());
      self->read();
    });
  }

  FloorEdge& edge_;
  beast::websocket::stream<tcp::socket, false> ws_;
  beast::flat_buffer in_;
  std::string outbox_, out_;
  bool writing_ = false;
};

ZmqWatch::ZmqWatch(asio::io_context& io, zmq::socket_ref socket)
    : descriptor_(io, socket.get(zmq::sockopt::fd)) {}

void ZmqWatch::arm() {
  if (armed_) return;
  armed_ = true;
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](boost::system::error_code) {
                           armed_ = false;
                           due_ = true;
                         });
}

FloorEdge::FloorEdge(asio::io_context& io, zmq::context_t& zmq, const std::string& endpoint)
    : listener_(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)),
      rank_(zmq, zmq::socket_type::dealer),
      watch_(io, rank_) {
  rank_.set(zmq::sockopt::sndhwm, 0);
  rank_.set(zmq::sockopt::rcvhwm, 0);
  rank_.set(zmq::sockopt::linger, 0);
  rank_.connect(endpoint);
  rank_.send(zmq::message_t(), zmq::send_flags::none);  // so that the rank knows whom to answer
  accept();
}

FloorEdge::~FloorEdge() = default;

void FloorEdge::accept() {
  listener_.async_accept([this](beast::error_code error, tcp::socket socket) {
    if (!error) {
      socket.set_option(tcp::no_delay(true));
      std::make_shared<FloorSession>(std::move(socket), *this)->start();
    }
    accept();
  });
}

bool FloorEdge::send_up() {
  if (up_.empty()) return false;
  rank_.send(zmq::buffer(up_), zmq::send_flags::none);
  watch_.ask();
  up_.clear();
  return true;
}

void FloorEdge::deliver() {
  if (!watch_.due()) return;
  zmq::message_t batch;
  while (rank_.recv(batch, zmq::recv_flags::dontwait)) {
    for (std::string_view frames = batch.to_string_view(); !frames.empty();) {
      const std::string_view frame = frames.substr(0, floor_frame_length(frames));
      frames.remove_prefix(frame.size());
      const std::uint32_t target = floor_frame_target(frame);
      auto session = target < sessions_.size() ? sessions_[target].lock() : nullptr;
      if (session == nullptr) continue;
      const bool first = session->idle();
      session->give(frame);
      if (first) touched_.push_back(std::move(session));
    }
  }
  watch_.drained();
  for (const auto& session : touched_) session->write();
  touched_.clear();
}

void run_floor_edge(asio::io_context& io, FloorEdge& edge) {
  for (;;) {
    edge.send_up();
    edge.deliver();
    if (!edge.due()) {
      edge.arm();
      io.run_one();
    }
    io.poll();
  }
}

}  // namespace trunkline::bench
