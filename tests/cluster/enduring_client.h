// A client as client-protocol wants one: it keeps its outbox in order until each message is
// answered, resends first after a reconnect, and saves its cursor with what it shows. Its socket
// may break as often as it likes. It can be killed, too: what it must remember stands in its
// ledger, and one made anew from that goes on where the other ended.
//
// Threads: the io_context's one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>

#include "lab/client.h"
#include "tests/cluster/ledger.h"

namespace trunkline::tests {

class EnduringClient {
 public:
  // Sends to `partner`. Begins with what `ledger` has, if it is there.
  EnduringClient(boost::asio::io_context& io, lab::ClientConfig config, std::string partner,
                 const std::string& ledger);

  void open();
  // Where the next connection goes to.
  void move(const std::string& url) { config_.url = url; }
  // Leaves for good; nothing is called any more.
  void leave();
  void send();

  bool welcomed() const { return client_ && client_->welcomed(); }
  std::size_t unanswered() const { return outbox_.size(); }
  std::size_t stored() const { return stored_; }
  std::size_t refused() const { return refused_; }  // each was sent again
  std::size_t breaks() const { return breaks_; }    // how often the socket was lost
  std::uint64_t cursor() const { return cursor_; }
  const lab::ClientConfig& config() const { return config_; }

 private:
  void on_frame(const wire::FrameView& frame);
  void on_closed();
  void resend();
  void keep(const std::string& id);

  boost::asio::io_context& io_;
  lab::ClientConfig config_;
  std::string partner_;
  Ledger ledger_;
  boost::asio::steady_timer again_;
  std::optional<lab::Client> client_;
  struct Message {
    std::string id;
    wire::Bytes frame;
  };
  std::deque<Message> outbox_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::uint64_t cursor_ = 0;
  std::size_t next_id_ = 1, stored_ = 0, refused_ = 0, breaks_ = 0;
};

}  // namespace trunkline::tests
