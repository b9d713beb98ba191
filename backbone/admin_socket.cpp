#include "backbone/admin_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <stdexcept>

#include "wire/codec.h"

namespace trunkline::backbone {
namespace asio = boost::asio;
using Stream = asio::local::stream_protocol;
namespace {

constexpr std::size_t kConnectionsMax = 32;
constexpr std::size_t kUnreadAnswersBytesMax = 4 * 1024 * 1024;

bool may_ask(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

class AdminSocket::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, std::string path, Asked asked)
      : acceptor_(io), path_(std::move(path)), asked_(std::move(asked)) {
    ::unlink(path_.c_str());
    const mode_t before = ::umask(077);
    boost::system::error_code error;
    acceptor_.open(Stream(), error);
    // The constructor of an endpoint throws on a path that is too long.
    if (!error) acceptor_.bind(Stream::endpoint(path_), error);
    ::umask(before);
    if (!error) acceptor_.listen(static_cast<int>(kConnectionsMax), error);
    if (error) throw std::runtime_error("cannot listen on " + path_ + ": " + error.message());
  }

  void accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](const boost::system::error_code& error, Stream::socket socket) {
          if (error) return;
          self->welcome(std::move(socket));
          self->accept();
        });
  }

  void close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    while (!connections_.empty()) drop(connections_.begin()->first);
    ::unlink(path_.c_str());
  }

  void answer(wire::SessionId id, wire::BytesView frame) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = *found->second;
    if (connection.unwritten.size() + connection.writing.size() > kUnreadAnswersBytesMax) {
      drop(id);
      return;
    }
    connection.unwritten.append(frame);
    if (connection.writing.empty()) write(found->second);
  }

 private:
  struct Connection {
    Connection(wire::SessionId number, Stream::socket connected)
        : id(number), socket(std::move(connected)) {}
    wire::SessionId id;
    Stream::socket socket;
    std::array<char, 4096> room;
    wire::Bytes unread;              // less than one frame
    wire::Bytes writing, unwritten;  // in the kernel's hands; behind it
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  // Its handlers still hold it for a moment: the socket is what ends them.
  void drop(wire::SessionId id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    boost::system::error_code ignored;
    found->second->socket.close(ignored);
    connections_.erase(found);
  }

  void welcome(Stream::socket socket) {
    if (!may_ask(socket.native_handle()) || connections_.size() >= kConnectionsMax) return;
    const auto connection = std::make_shared<Connection>(++last_id_, std::move(socket));
    connections_[connection->id] = connection;
    read(connection);
  }

  void read(const ConnectionPtr& connection) {
    connection->socket.async_read_some(
        asio::buffer(connection->room),
        [self = shared_from_this(), connection](const boost::system::error_code& error,
                                                std::size_t count) {
          if (error) {
            self->drop(connection->id);
            return;
          }
          connection->unread.append(connection->room.data(), count);
          if (self->take_frames(*connection)) {
            self->read(connection);
          } else {
            self->drop(connection->id);
          }
        });
  }

  // False: what came is not a frame of kind admin; the connection is not worth keeping.
  bool take_frames(Connection& connection) {
    for (;;) {
      const auto frame = wire::decode(connection.unread);
      if (!frame) return frame.error() == wire::DecodeError::too_short;
      if (frame->header.kind != wire::Kind::admin) return false;
      asked_(connection.id, frame->whole);
      connection.unread.erase(0, frame->header.length);
    }
  }

  void write(const ConnectionPtr& connection) {
    connection->writing.swap(connection->unwritten);
    if (connection->writing.empty()) return;
    asio::async_write(connection->socket, asio::buffer(connection->writing),
                      [self = shared_from_this(), connection](
                          const boost::system::error_code& error, std::size_t) {
                        connection->writing.clear();
                        if (error) {
                          self->drop(connection->id);
                        } else {
                          self->write(connection);
                        }
                      });
  }

  Stream::acceptor acceptor_;
  std::string path_;
  Asked asked_;
  std::map<wire::SessionId, ConnectionPtr> connections_;
  wire::SessionId last_id_ = 0;
};

AdminSocket::AdminSocket(asio::io_context& io, const std::string& path, Asked asked)
    : impl_(std::make_shared<Impl>(io, path, std::move(asked))) {
  impl_->accept();
}
AdminSocket::~AdminSocket() {
  impl_->close();
}
void AdminSocket::answer(wire::SessionId connection, wire::BytesView frame) {
  impl_->answer(connection, frame);
}

}  // namespace trunkline::backbone
