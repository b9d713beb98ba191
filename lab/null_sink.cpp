#include "lab/null_sink.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <thread>

#include "lab/client.h"
#include "wire/client_payloads.h"

namespace trunkline::lab {
namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

// The upgrade and the login as any server has them; then the bytes of the socket, unread.
class Visitor : public std::enable_shared_from_this<Visitor> {
 public:
  explicit Visitor(tcp::socket socket) : stream_(std::move(socket)) {}

  void accept() {
    stream_.set_option(
        beast::websocket::stream_base::decorator([](beast::websocket::response_type& response) {
          response.set(beast::http::field::sec_websocket_protocol, "trunkline.v1.bin");
        }));
    stream_.async_accept([self = shared_from_this()](beast::error_code error) {
      if (!error) self->log_in();
    });
  }

 private:
  void log_in() {
    stream_.async_read(login_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error) self->welcome();
    });
  }

  void welcome() {
    wire::Welcome welcome;
    welcome.user = "u";
    welcome.device = "lab";
    welcome.edge = "none";
    welcome_ = encoded_frame(welcome);
    stream_.binary(true);
    stream_.async_write(asio::buffer(welcome_),
                        [self = shared_from_this()](beast::error_code error, std::size_t) {
                          if (!error) self->throw_away();
                        });
  }

  void throw_away() {
    static thread_local std::array<char, kReadBytes> bytes;
    stream_.next_layer().async_read_some(
        asio::buffer(bytes), [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (!error) self->throw_away();
        });
  }

  beast::websocket::stream<tcp::socket> stream_;
  beast::flat_buffer login_;
  wire::Bytes welcome_;
};

}  // namespace

class NullSink::Server {
 public:
  Server() : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Server() {
    io_.stop();
    thread_.join();
  }
  unsigned port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error) return;
      std::make_shared<Visitor>(std::move(socket))->accept();
      accept();
    });
  }

  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

NullSink::NullSink()
    : server_(std::make_unique<Server>()),
      url_("ws://127.0.0.1:" + std::to_string(server_->port())) {}

NullSink::~NullSink() = default;

}  // namespace trunkline::lab
