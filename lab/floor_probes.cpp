#include "lab/floor_probes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <cerrno>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <zmq.hpp>

#include "lab/clock.h"
#include "lab/connection.h"

namespace trunkline::lab {
namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {

struct Plan {
  std::int64_t budget_ns;
  std::size_t warm_up;  // rounds, in half of the time at most
  timespec pause;
};
constexpr Plan kBackToBack{100'000'000, 50, {0, 0}}, kSpaced{200'000'000, 10, {0, 1'000'000}};
constexpr std::size_t kRoundsMax = 2'000;
constexpr int kSilenceMs = 10'000;  // then the other end is gone
constexpr std::size_t kAppendBytes = 4096;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// One round after the other, the first ones not counted, until the time is over; at least one.
class Rounds {
 public:
  // `parts`: of a round that one sample is.
  Rounds(Pace pace, std::int64_t parts)
      : plan_(pace == Pace::spaced ? kSpaced : kBackToBack),
        parts_(parts),
        until_ns_(now_ns() + plan_.budget_ns) {}

  void begin() {
    if (plan_.pause.tv_nsec > 0) ::nanosleep(&plan_.pause, nullptr);
    began_ns_ = now_ns();
  }
  // True: another one.
  bool end() {
    const std::int64_t now = now_ns();
    ++rounds_;
    const bool warm =
        rounds_ > plan_.warm_up || (rounds_ > 1 && now > until_ns_ - plan_.budget_ns / 2);
    if (warm) times_.record((now - began_ns_) / parts_);
    return times_.count() == 0 || (now < until_ns_ && times_.count() < kRoundsMax);
  }
  Histogram take() { return std::move(times_); }

 private:
  const Plan& plan_;
  std::int64_t parts_, until_ns_, began_ns_ = 0;
  std::size_t rounds_ = 0;
  Histogram times_;
};

zmq::message_t received(zmq::socket_t& socket) {
  zmq::message_t message;
  if (!socket.recv(message)) throw std::runtime_error("ZeroMQ carried nothing for 10 s");
  return message;
}

zmq::socket_t socket_of(zmq::context_t& context, zmq::socket_type type) {
  zmq::socket_t socket(context, type);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::rcvtimeo, kSilenceMs);
  return socket;
}

struct CurveKeys {
  CurveKeys() {
    if (zmq_curve_keypair(open, secret) != 0) {
      throw std::runtime_error("this libzmq was built without CURVE");
    }
  }
  char open[41], secret[41];
};

// The rank's end: sends back what comes, until an empty message.
void echo(zmq::socket_t socket) {
  for (;;) {
    zmq::message_t peer = received(socket), message = received(socket);
    if (message.size() == 0) return;
    socket.send(peer, zmq::send_flags::sndmore);
    socket.send(message, zmq::send_flags::none);
  }
}

// The edge's end of a WebSocket: sends back what comes, until the client is gone.
class WebSocketEcho {
 public:
  WebSocketEcho()
      : listener_(io_, {asio::ip::address_v4::loopback(), 0}), thread_([this] {
          try {
            serve();
          } catch (const std::exception&) {  // the client has gone, and tells what it missed
          }
        }) {}
  ~WebSocketEcho() {
    ::shutdown(listener_.native_handle(), SHUT_RD);  // ends a wait for a client that never came
    thread_.join();
  }
  std::uint16_t port() const { return listener_.local_endpoint().port(); }

 private:
  void serve() {
    beast::websocket::stream<tcp::socket> stream(listener_.accept());
    stream.next_layer().set_option(tcp::no_delay(true));
    stream.accept();
    stream.binary(true);
    for (beast::flat_buffer buffer;; buffer.clear()) {
      stream.read(buffer);
      stream.write(buffer.data());
    }
  }

  asio::io_context io_;
  tcp::acceptor listener_;
  std::thread thread_;
};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }

 private:
  int number_;
};

void ring(int bell, char what) {
  if (::send(bell, &what, 1, MSG_NOSIGNAL) != 1) fail("a doorbell cannot be rung");
}
// Sleeps until it rings.
char hear(int bell) {
  pollfd waiting{bell, POLLIN, 0};
  char what = 0;
  if (::poll(&waiting, 1, kSilenceMs) != 1 || ::recv(bell, &what, 1, 0) != 1) {
    throw std::runtime_error("a doorbell was silent for 10 s");
  }
  return what;
}

}  // namespace

Histogram probe_zeromq(ZeroMqRoad road, Pace pace) {
  zmq::context_t of_rank, of_edge;
  zmq::socket_t rank = socket_of(of_rank, zmq::socket_type::router);
  zmq::socket_t edge =
      socket_of(road == ZeroMqRoad::inproc ? of_rank : of_edge, zmq::socket_type::dealer);
  if (road == ZeroMqRoad::curve) {
    const CurveKeys ranks, edges;
    rank.set(zmq::sockopt::curve_server, true);
    rank.set(zmq::sockopt::curve_secretkey, ranks.secret);
    edge.set(zmq::sockopt::curve_serverkey, ranks.open);
    edge.set(zmq::sockopt::curve_publickey, edges.open);
    edge.set(zmq::sockopt::curve_secretkey, edges.secret);
  }
  rank.bind(road == ZeroMqRoad::inproc ? "inproc://floor"
            : road == ZeroMqRoad::ipc  ? "ipc://*"
                                       : "tcp://127.0.0.1:*");
  edge.connect(rank.get(zmq::sockopt::last_endpoint));
  std::future<void> other = std::async(std::launch::async, echo, std::move(rank));
  const std::string message(kProbeBytes, 'x');
  Rounds rounds(pace, 2);
  do {
    rounds.begin();
    edge.send(zmq::buffer(message), zmq::send_flags::none);
    received(edge);
  } while (rounds.end());
  edge.send(zmq::message_t(), zmq::send_flags::none);
  other.get();
  return rounds.take();
}

Histogram probe_websocket(Pace pace) {
  const WebSocketEcho server;
  asio::io_context io;
  const std::string message(kProbeBytes, 'x');
  Rounds rounds(pace, 2);
  std::string trouble;
  Connection* connection = nullptr;
  const auto send = [&] {
    rounds.begin();
    connection->send(Opcode::binary, message);
  };
  Connection client(io, {.url = "ws://127.0.0.1:" + std::to_string(server.port())},
                    {.on_open = send,
                     .on_message =
                         [&](Opcode, wire::BytesView) {
                           if (rounds.end()) {
                             send();
                           } else {
                             io.stop();
                           }
                         },
                     .on_closed = [&](const Closed& closed) { trouble = closed.reason; }});
  connection = &client;
  client.open();
  io.run();
  if (!trouble.empty()) throw std::runtime_error("a WebSocket to this process: " + trouble);
  return rounds.take();
}

Histogram probe_doorbell(Pace pace) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0) fail("socketpair");
  const Descriptor ours(pair[0]), others(pair[1]);
  std::future<void> other = std::async(std::launch::async, [&] {
    char what = 0;
    do {
      what = hear(others);
      ring(others, what);
    } while (what != 0);
  });
  Rounds rounds(pace, 2);
  do {
    rounds.begin();
    ring(ours, 1);
    hear(ours);
  } while (rounds.end());
  ring(ours, 0);
  other.get();
  return rounds.take();
}

Histogram probe_sync(const std::string& directory) {
  const std::string path = directory + "/floor.tmp";
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (file < 0) fail(path);
  const std::array<char, kAppendBytes> bytes{};
  Rounds rounds(Pace::back_to_back, 1);
  do {
    rounds.begin();
    if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(file) != 0) {
      fail(path);
    }
  } while (rounds.end());
  std::filesystem::remove(path);
  return rounds.take();
}

}  // namespace trunkline::lab
