#include "tests/neighbours/crowd.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace trunkline::tests {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class Crowd::Stranger : public std::enable_shared_from_this<Stranger> {
 public:
  Stranger(asio::io_context& io, Offence offence)
      : socket_(io), pace_(io), offence_(std::move(offence)) {}

  void connect(std::uint16_t port) {
    port_ = port;
    begun_ = Clock::now();
    socket_.async_connect({asio::ip::address_v4::loopback(), port},
                          [self = shared_from_this()](error_code error) {
                            if (error || self->abandoned_) return;
                            self->connected_ = true;
                            self->listen();
                            self->say();
                          });
  }
  void abandon() {
    abandoned_ = true;
    error_code ignored;
    socket_.close(ignored);
    pace_.cancel();
  }

  bool connected() const { return connected_; }
  bool closed() const { return closed_; }
  milliseconds life() const { return std::chrono::duration_cast<milliseconds>(ended_ - begun_); }

 private:
  void listen() {
    socket_.async_read_some(asio::buffer(heard_),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (self->abandoned_) return;
                              if (!error) return self->listen();
                              self->closed_ = true;
                              self->ended_ = Clock::now();
                              self->pace_.cancel();
                              if (self->offence_.again) self->come_again();
                            });
  }
  void come_again() {
    error_code ignored;
    socket_.close(ignored);
    said_ = 0;
    closed_ = false;
    connect(port_);
  }
  void say() {
    if (said_ == offence_.words.size() || closed_ || abandoned_) return;
    const std::size_t size = offence_.pace.count() == 0 ? offence_.words.size() : 1;
    asio::async_write(socket_, asio::buffer(offence_.words.data() + said_, size),
                      [self = shared_from_this(), size](error_code error, std::size_t) {
                        if (error || self->abandoned_) return;
                        self->said_ += size;
                        self->pace_.expires_after(self->offence_.pace);
                        self->pace_.async_wait([self](error_code cancelled) {
                          if (!cancelled) self->say();
                        });
                      });
  }

  tcp::socket socket_;
  asio::steady_timer pace_;
  Offence offence_;
  std::uint16_t port_ = 0;
  std::size_t said_ = 0;
  std::array<char, 512> heard_;
  Clock::time_point begun_, ended_;
  bool connected_ = false, closed_ = false, abandoned_ = false;
};

Crowd::Crowd(asio::io_context& io, std::uint16_t port, unsigned sockets, Offence offence) {
  for (unsigned i = 0; i < sockets; ++i) {
    strangers_.push_back(std::make_shared<Stranger>(io, offence));
    strangers_.back()->connect(port);
  }
}

Crowd::~Crowd() {
  for (const auto& stranger : strangers_) stranger->abandon();
}

unsigned Crowd::connected() const {
  return static_cast<unsigned>(std::count_if(strangers_.begin(), strangers_.end(),
                                             [](const auto& one) { return one->connected(); }));
}

unsigned Crowd::closed() const {
  return static_cast<unsigned>(std::count_if(strangers_.begin(), strangers_.end(),
                                             [](const auto& one) { return one->closed(); }));
}

milliseconds Crowd::shortest_life(milliseconds grace) const {
  milliseconds shortest = milliseconds::max();
  for (const auto& one : strangers_) {
    if (one->closed() && one->life() >= grace) shortest = std::min(shortest, one->life());
  }
  return shortest;
}

unsigned Crowd::turned_away(milliseconds grace) const {
  return static_cast<unsigned>(
      std::count_if(strangers_.begin(), strangers_.end(),
                    [&](const auto& one) { return one->closed() && one->life() < grace; }));
}

bool raise_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted;
}

std::string slow_request() {
  return "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
}

// A record of 512 bytes (RFC 8446 section 5.1) that holds a ClientHello, of which 43 come.
std::string half_a_client_hello() {
  return std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(32, 'r');
}

}  // namespace trunkline::tests
