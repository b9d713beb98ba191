#include "tests/support/chaos_proxy.h"

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <deque>
#include <future>
#include <set>
#include <thread>
#include <vector>

namespace trunkline::tests {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kChunkBytes = 16 * 1024;
constexpr std::size_t kHeldBytesMax = 256 * 1024;  // of one way; then its sender is not read
constexpr std::size_t kThrottledPartsPerSecond = 20;

tcp::endpoint endpoint_of(const std::string& target) {
  const auto colon = target.rfind(':');
  const unsigned long port = std::stoul(target.substr(colon + 1));
  return {asio::ip::make_address(target.substr(0, colon)), static_cast<std::uint16_t>(port)};
}

void reset(tcp::socket& socket) {
  ErrorCode ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

class Connection;

// What all connections share; the proxy's thread.
struct Link {
  Trouble trouble;
  tcp::endpoint target;
  std::set<std::shared_ptr<Connection>> connections;
  std::atomic<std::size_t> accepted = 0, connected = 0, bytes = 0;
};

// One way of a connection: what was read waits in `held` until it may be written.
struct Way {
  Way(tcp::socket& source, tcp::socket& sink)
      : from(source), to(sink), timer(sink.get_executor()) {}
  struct Piece {
    Clock::time_point read_at;
    std::string bytes;
  };
  tcp::socket& from;
  tcp::socket& to;
  asio::steady_timer timer;
  std::deque<Piece> held;
  std::size_t held_bytes = 0;
  Clock::time_point free_at;  // of a throttled way: when the next piece may go
  std::vector<char> buffer = std::vector<char>(kChunkBytes);
  std::string going;  // being written
  bool reading = false, writing = false, ended = false, told_end = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Link& link, tcp::socket client)
      : link_(link), client_(std::move(client)), server_(client_.get_executor()) {}

  void start() {
    server_.async_connect(link_.target, [self = shared_from_this()](ErrorCode error) {
      if (self->stage_ != Stage::connecting) return;
      if (error) return self->cut(ChaosProxy::End::rst);
      ++self->link_.connected;
      self->stage_ = Stage::passing;
      for (tcp::socket* socket : {&self->client_, &self->server_}) {
        ErrorCode ignored;
        socket->set_option(tcp::no_delay(true), ignored);
      }
      self->pump();
    });
  }

  // Whatever may move, moves: after each change of trouble, too.
  void pump() {
    if (stage_ != Stage::passing) return;
    for (Way* way : {&up_, &down_}) {
      read(*way);
      write(*way);
    }
  }

  void cut(ChaosProxy::End how) {
    const bool in_order = how == ChaosProxy::End::fin && stage_ == Stage::passing;
    leave(in_order ? Stage::ending : Stage::over);
    for (Way* way : {&up_, &down_}) {
      way->timer.cancel();
      if (!in_order) {
        reset(way->from);
        continue;
      }
      // A close with something unread would be an RST: all is read until the other end closes.
      ErrorCode ignored;
      way->from.shutdown(tcp::socket::shutdown_send, ignored);
      if (way->ended) {
        way->from.close(ignored);
      } else {
        read(*way);
      }
    }
    forget_if_closed();
  }

  void lose(ChaosProxy::Side side) {
    if (stage_ != Stage::passing) return cut(ChaosProxy::End::rst);
    leave(Stage::lost);
    reset(side == ChaosProxy::Side::client ? client_ : server_);
  }

 private:
  enum class Stage : std::uint8_t {
    connecting,
    passing,
    lost,    // nothing is read or written; one end does not know
    ending,  // both were told FIN; what they still say is thrown away
    over,
  };

  void leave(Stage to) {
    if (stage_ == Stage::passing) --link_.connected;
    stage_ = to;
  }

  void forget_if_closed() {
    if (!client_.is_open() && !server_.is_open()) link_.connections.erase(shared_from_this());
  }

  void read(Way& way) {
    if (way.reading || way.ended) return;
    const bool held_back = link_.trouble.black_hole || way.held_bytes >= kHeldBytesMax;
    if (stage_ == Stage::passing && held_back) return;
    way.reading = true;
    way.from.async_read_some(asio::buffer(way.buffer),
                             [self = shared_from_this(), &way](ErrorCode error, std::size_t size) {
                               way.reading = false;
                               self->on_read(way, error, size);
                             });
  }

  void on_read(Way& way, ErrorCode error, std::size_t size) {
    if (stage_ == Stage::ending) {
      if (!error) return read(way);
      ErrorCode ignored;
      way.from.close(ignored);
      return forget_if_closed();
    }
    if (stage_ != Stage::passing) return;
    if (error && error != asio::error::eof) return cut(ChaosProxy::End::rst);
    way.ended = error == asio::error::eof;
    if (size > 0) way.held.push_back({Clock::now(), {way.buffer.data(), size}});
    way.held_bytes += size;
    read(way);
    write(way);
  }

  void write(Way& way) {
    if (stage_ != Stage::passing || way.writing || link_.trouble.black_hole) return;
    if (way.held.empty()) return tell_end(way);
    const auto now = Clock::now();
    const auto due = std::max(way.held.front().read_at + link_.trouble.delay, way.free_at);
    if (due > now) return write_later(way, due);
    take(way, now);
    way.writing = true;
    asio::async_write(way.to, asio::buffer(way.going),
                      [self = shared_from_this(), &way](ErrorCode error, std::size_t size) {
                        way.writing = false;
                        self->on_written(way, error, size);
                      });
  }

  void on_written(Way& way, ErrorCode error, std::size_t size) {
    if (stage_ != Stage::passing) return;
    if (error) return cut(ChaosProxy::End::rst);
    passed_ += size;
    link_.bytes += size;
    const auto limit = link_.trouble.cut_after;
    if (limit && passed_ >= *limit) return cut(ChaosProxy::End::rst);
    read(way);
    write(way);
  }

  void write_later(Way& way, Clock::time_point at) {
    way.timer.expires_at(at);
    way.timer.async_wait([self = shared_from_this(), &way](ErrorCode error) {
      if (!error) self->write(way);
    });
  }

  // Moves what may go now from `held` to `going`.
  void take(Way& way, Clock::time_point now) {
    Way::Piece& first = way.held.front();
    std::size_t size = first.bytes.size();
    if (const std::size_t rate = link_.trouble.bytes_per_second; rate > 0) {
      size = std::min(size, std::max<std::size_t>(1, rate / kThrottledPartsPerSecond));
      way.free_at = now + std::chrono::microseconds(1'000'000 * size / rate);
    }
    if (const auto limit = link_.trouble.cut_after; limit && *limit > passed_) {
      size = std::min(size, *limit - passed_);
    }
    way.going = first.bytes.substr(0, size);
    first.bytes.erase(0, size);
    if (first.bytes.empty()) way.held.pop_front();
    way.held_bytes -= size;
  }

  // One side has ended: the other one hears it when all before it has been passed on.
  void tell_end(Way& way) {
    if (!way.ended || way.told_end) return;
    way.told_end = true;
    ErrorCode ignored;
    way.to.shutdown(tcp::socket::shutdown_send, ignored);
    if (up_.told_end && down_.told_end) cut(ChaosProxy::End::fin);
  }

  Link& link_;
  tcp::socket client_, server_;
  Way up_{client_, server_}, down_{server_, client_};
  std::size_t passed_ = 0;
  Stage stage_ = Stage::connecting;
};

}  // namespace

struct ChaosProxy::State {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  Link link;
  std::thread thread;

  void accept() {
    acceptor.async_accept([this](ErrorCode error, tcp::socket socket) {
      if (error) return;
      ++link.accepted;
      const auto connection = std::make_shared<Connection>(link, std::move(socket));
      link.connections.insert(connection);
      connection->start();
      accept();
    });
  }
  // On the proxy's thread; returns when it is done.
  template <class What>
  void run(What what) {
    std::promise<void> done;
    asio::post(io, [&] {
      what();
      done.set_value();
    });
    done.get_future().wait();
  }
  template <class What>
  void for_all(What what) {
    run([&] {
      const auto all = link.connections;  // what() may take some out
      for (const auto& connection : all) what(*connection);
    });
  }
};

ChaosProxy::ChaosProxy(const std::string& target) : state_(std::make_unique<State>()) {
  state_->link.target = endpoint_of(target);
  state_->accept();
  state_->thread = std::thread([state = state_.get()] { state->io.run(); });
}

ChaosProxy::~ChaosProxy() {
  cut(End::rst);
  state_->run([this] { state_->acceptor.close(); });
  state_->io.stop();
  state_->thread.join();
}

std::uint16_t ChaosProxy::port() const {
  return state_->acceptor.local_endpoint().port();
}

void ChaosProxy::aim(const std::string& target) {
  state_->run([&] { state_->link.target = endpoint_of(target); });
}

void ChaosProxy::set(const Trouble& trouble) {
  state_->run([&] { state_->link.trouble = trouble; });
  state_->for_all([](Connection& connection) { connection.pump(); });
}

void ChaosProxy::cut(End how) {
  state_->for_all([how](Connection& connection) { connection.cut(how); });
}

void ChaosProxy::lose(Side side) {
  state_->for_all([side](Connection& connection) { connection.lose(side); });
}

std::size_t ChaosProxy::accepted() const {
  return state_->link.accepted;
}
std::size_t ChaosProxy::connected() const {
  return state_->link.connected;
}
std::size_t ChaosProxy::bytes() const {
  return state_->link.bytes;
}

}  // namespace trunkline::tests
