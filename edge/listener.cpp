#include "edge/listener.h"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <stdexcept>

namespace trunkline::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, Socket::executor_type>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr int kBacklog = 4'096;
constexpr std::chrono::milliseconds kPauseAfterError{100};  // out of descriptors, mostly

asio::ip::address address_of(const std::string& text) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error) throw std::runtime_error("not an IP address to listen on: " + text);
  return address;
}

// Throws where somebody listens already. Without this a second edge would share the port unasked,
// since SO_REUSEPORT lets any socket of the same user in.
void claim(asio::io_context& io, const tcp::endpoint& endpoint) {
  Acceptor probe(io);
  probe.open(endpoint.protocol());
  probe.set_option(Acceptor::reuse_address(true));
  probe.bind(endpoint);
}

}  // namespace

bool is_loopback(const std::string& address) {
  return address_of(address).is_loopback();
}

struct Listener::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, std::function<void(Socket)> what)
      : acceptor(io), timer(io), accepted(std::move(what)) {}

  Acceptor acceptor;
  asio::steady_timer timer;
  std::function<void(Socket)> accepted;

  void accept() {
    acceptor.async_accept(
        [self = shared_from_this()](boost::system::error_code error, Socket socket) {
          if (error == asio::error::operation_aborted || !self->acceptor.is_open()) return;
          if (error) return self->pause();
          self->accepted(std::move(socket));
          if (self->acceptor.is_open()) self->accept();
        });
  }
  void pause() {
    timer.expires_after(kPauseAfterError);
    timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error && self->acceptor.is_open()) self->accept();
    });
  }
};

Listener::Listener(asio::io_context& io, const std::string& address, std::uint16_t port,
                   bool is_first, std::function<void(Socket)> accepted)
    : state_(std::make_shared<State>(io, std::move(accepted))) {
  const tcp::endpoint endpoint(address_of(address), port);
  try {
    if (is_first && port != 0) claim(io, endpoint);
    state_->acceptor.open(endpoint.protocol());
    state_->acceptor.set_option(Acceptor::reuse_address(true));
    state_->acceptor.set_option(ReusePort(true));
    state_->acceptor.bind(endpoint);
    state_->acceptor.listen(kBacklog);
  } catch (const boost::system::system_error& problem) {
    throw std::runtime_error("cannot listen on " + address + " port " + std::to_string(port) +
                             " (" + problem.code().message() + "): take another with --port");
  }
  state_->accept();
}

Listener::~Listener() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->timer.cancel();
}

std::uint16_t Listener::port() const {
  return state_->acceptor.local_endpoint().port();
}

}  // namespace trunkline::edge
