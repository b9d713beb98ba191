#include "tests/support/prefix_proxy.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <thread>

namespace trunkline::tests {
namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

constexpr std::size_t kHeadBytesMax = 64 * 1024;

// One connection: one request, and its answer to the end.
class Visit : public std::enable_shared_from_this<Visit> {
 public:
  Visit(tcp::socket client, const tcp::endpoint& target, const std::string& prefix,
        std::function<void(const std::string&)> note)
      : client_(std::move(client)),
        server_(client_.get_executor()),
        target_(target),
        prefix_(prefix),
        note_(std::move(note)) {}

  void begin() {
    asio::async_read_until(client_, asio::dynamic_buffer(head_, kHeadBytesMax), "\r\n\r\n",
                           [self = shared_from_this()](Error error, std::size_t) {
                             if (!error) self->on_head();
                           });
  }

 private:
  void on_head() {
    const std::size_t from = head_.find(' ') + 1;
    const std::string path = head_.substr(from, head_.find(' ', from) - from);
    note_(path);
    if (!path.starts_with(prefix_ + "/")) {
      answer_ = "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
      return write_answer();
    }
    head_.erase(from, prefix_.size());
    server_.async_connect(target_, [self = shared_from_this()](Error error) {
      if (!error) self->write_head();
    });
  }

  void write_head() {
    asio::async_write(server_, asio::buffer(head_),
                      [self = shared_from_this()](Error error, std::size_t) {
                        if (!error) self->read_answer();
                      });
  }

  void read_answer() {
    answer_.resize(kHeadBytesMax);
    server_.async_read_some(asio::buffer(answer_),
                            [self = shared_from_this()](Error error, std::size_t size) {
                              if (error) return self->end();
                              self->answer_.resize(size);
                              self->write_answer();
                            });
  }

  void write_answer() {
    asio::async_write(client_, asio::buffer(answer_),
                      [self = shared_from_this()](Error error, std::size_t) {
                        if (!error && self->server_.is_open()) self->read_answer();
                      });
  }

  void end() {
    Error ignored;
    client_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  tcp::socket client_, server_;
  const tcp::endpoint target_;
  const std::string prefix_;
  const std::function<void(const std::string&)> note_;
  std::string head_, answer_;
};

}  // namespace

struct PrefixProxy::State {
  State(const std::string& target, std::string under)
      : acceptor(io, {asio::ip::address_v4::loopback(), 0}), prefix(std::move(under)) {
    const std::size_t colon = target.rfind(':');
    endpoint = {asio::ip::make_address(target.substr(0, colon)),
                static_cast<std::uint16_t>(std::stoul(target.substr(colon + 1)))};
    accept();
    thread = std::thread([this] { io.run(); });
  }
  ~State() {
    io.stop();
    thread.join();
  }
  void accept() {
    acceptor.async_accept([this](Error error, tcp::socket socket) {
      if (error) return;
      std::make_shared<Visit>(std::move(socket), endpoint, prefix, [this](const std::string& path) {
        const std::lock_guard lock(mutex);
        asked.push_back(path);
      })->begin();
      accept();
    });
  }

  asio::io_context io{1};
  tcp::acceptor acceptor;
  tcp::endpoint endpoint;
  const std::string prefix;
  std::mutex mutex;  // guards asked
  std::vector<std::string> asked;
  std::thread thread;
};

PrefixProxy::PrefixProxy(const std::string& target, const std::string& prefix)
    : state_(std::make_unique<State>(target, prefix)) {}
PrefixProxy::~PrefixProxy() = default;

std::string PrefixProxy::url() const {
  return "http://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port()) +
         state_->prefix;
}

std::vector<std::string> PrefixProxy::asked() const {
  const std::lock_guard lock(state_->mutex);
  return state_->asked;
}

}  // namespace trunkline::tests
