#include "edge/listener.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <stdexcept>

#include "edge/edge.h"
#include "edge/spare_descriptor.h"

namespace trunkline::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
template <class Protocol>
using Acceptor = asio::basic_socket_acceptor<Protocol, Socket::executor_type>;
template <class Protocol>
using PeerSocket = asio::basic_stream_socket<Protocol, Socket::executor_type>;

constexpr int kBacklog = 4'096;
constexpr std::chrono::milliseconds kPauseAfterError{100};  // out of memory, say

asio::ip::address address_of(const std::string& text) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error) throw std::runtime_error("not an IP address to listen on: " + text);
  return address;
}

asio::ip::address peer_of(const PeerSocket<tcp>& socket, boost::system::error_code& error) {
  return socket.remote_endpoint(error).address();
}
asio::ip::address peer_of(const PeerSocket<Local>&, boost::system::error_code&) {
  return asio::ip::address_v4::loopback();
}

// Accepts until it is closed; handlers under way hold it.
template <class Protocol>
struct Accepting : std::enable_shared_from_this<Accepting<Protocol>> {
  Accepting(asio::io_context& io, Listener::Handlers what)
      : acceptor(io), timer(io), handlers(std::move(what)) {}

  void accept() {
    acceptor.async_accept([self = this->shared_from_this()](boost::system::error_code error,
                                                            PeerSocket<Protocol> socket) {
      if (error == asio::error::operation_aborted || !self->acceptor.is_open()) return;
      if (error) return self->send_away(error);
      const auto peer = peer_of(socket, error);
      if (!error) self->handlers.accepted(std::move(socket), peer);
      if (self->acceptor.is_open()) self->accept();
    });
  }
  void send_away(boost::system::error_code error) {
    const bool is_full = error == asio::error::no_descriptors ||
                         error == boost::system::errc::too_many_files_open_in_system;
    if (!is_full || !spare.turn_away(acceptor.native_handle())) return pause();
    handlers.turned_away();
    accept();
  }
  void pause() {
    timer.expires_after(kPauseAfterError);
    timer.async_wait([self = this->shared_from_this()](boost::system::error_code error) {
      if (!error && self->acceptor.is_open()) self->accept();
    });
  }
  void close() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    timer.cancel();
  }

  Acceptor<Protocol> acceptor;
  asio::steady_timer timer;
  Listener::Handlers handlers;
  SpareDescriptor spare;
};

// Throws where somebody listens already. Without this a second edge would share the port unasked,
// since SO_REUSEPORT lets any socket of the same user in.
void claim(asio::io_context& io, const tcp::endpoint& endpoint) {
  Acceptor<tcp> probe(io);
  probe.open(endpoint.protocol());
  probe.set_option(Acceptor<tcp>::reuse_address(true));
  probe.bind(endpoint);
}

class PortListener final : public Listener {
 public:
  PortListener(asio::io_context& io, const std::string& address, std::uint16_t port, bool is_first,
               Handlers handlers)
      : accepting_(std::make_shared<Accepting<tcp>>(io, std::move(handlers))) {
    const tcp::endpoint endpoint(address_of(address), port);
    Acceptor<tcp>& acceptor = accepting_->acceptor;
    try {
      if (is_first && port != 0) claim(io, endpoint);
      acceptor.open(endpoint.protocol());
      acceptor.set_option(Acceptor<tcp>::reuse_address(true));
      acceptor.set_option(ReusePort(true));
      acceptor.bind(endpoint);
      acceptor.listen(kBacklog);
    } catch (const boost::system::system_error& problem) {
      throw std::runtime_error("cannot listen on " + address + " port " + std::to_string(port) +
                               " (" + problem.code().message() + "): take another with --port");
    }
    accepting_->accept();
  }
  ~PortListener() override { accepting_->close(); }
  std::uint16_t port() const override { return accepting_->acceptor.local_endpoint().port(); }

 private:
  std::shared_ptr<Accepting<tcp>> accepting_;
};

// Makes room for a socket at `path`: what a process that was killed has left is removed.
void clear_path(asio::io_context& io, const std::string& path) {
  constexpr std::size_t kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kPathBytesMax) {
    throw std::runtime_error("the path of a UNIX socket has at most " +
                             std::to_string(kPathBytesMax) + " bytes: " + path);
  }
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return;
  if (!S_ISSOCK(file.st_mode)) {
    throw std::runtime_error(path + " is there and is no socket: take another path");
  }
  boost::system::error_code error;
  PeerSocket<Local> probe(io);
  probe.connect(Local::endpoint(path), error);
  if (!error) throw std::runtime_error("somebody listens on " + path + " already");
  ::unlink(path.c_str());
}

class PathListener final : public Listener {
 public:
  PathListener(asio::io_context& io, const std::string& path, Handlers handlers)
      : accepting_(std::make_shared<Accepting<Local>>(io, std::move(handlers))), path_(path) {
    clear_path(io, path);
    boost::system::error_code error;
    accepting_->acceptor.open(Local(), error);
    const mode_t before = ::umask(0177);  // never open to others, not even for a moment
    if (!error) accepting_->acceptor.bind(Local::endpoint(path), error);
    ::umask(before);
    if (!error) accepting_->acceptor.listen(kBacklog, error);
    if (error) throw std::runtime_error("cannot listen on " + path + ": " + error.message());
    accepting_->accept();
  }
  ~PathListener() override {
    accepting_->close();
    ::unlink(path_.c_str());
  }
  std::uint16_t port() const override { return 0; }

 private:
  std::shared_ptr<Accepting<Local>> accepting_;
  const std::string path_;
};

}  // namespace

std::unique_ptr<Listener> listen_on_port(asio::io_context& io, const std::string& address,
                                         std::uint16_t port, bool is_first,
                                         Listener::Handlers handlers) {
  return std::make_unique<PortListener>(io, address, port, is_first, std::move(handlers));
}

std::unique_ptr<Listener> listen_on_path(asio::io_context& io, const std::string& path,
                                         Listener::Handlers handlers) {
  return std::make_unique<PathListener>(io, path, std::move(handlers));
}

std::string listening_url(const EdgeConfig& config, const std::string& host) {
  const std::string scheme = config.certificate.empty() ? "ws" : "wss";
  if (!config.socket_path.empty()) return scheme + "+unix:" + config.socket_path;
  const asio::ip::address address = address_of(config.address);
  std::string authority = config.address;
  if (address.is_unspecified()) {
    authority = host;
  } else if (address.is_v6()) {
    authority = "[" + authority + "]";
  }
  return scheme + "://" + authority + ":" + std::to_string(config.port);
}

bool is_loopback(const std::string& address) {
  return address_of(address).is_loopback();
}

}  // namespace trunkline::edge
