// A client as client-protocol wants one: it keeps its outbox in order until each message is
// answered, resends first after a reconnect, and saves its cursor with what it shows. Its socket
// may break as often as it likes; one that says nothing for long, though it is asked each second,
// is given up. Where an edge that drains sends it, it goes. The client can be killed, too: what it
// must remember stands in its ledger, and one made anew from that goes on where the other ended.
//
// Threads: the io_context's one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lab/client.h"
#include "lab/move.h"
#include "tests/cluster/ledger.h"

namespace trunkline::tests {

// How often clients saw what. Sockets by their close code (1006: it broke without a word).
struct Seen {
  std::map<unsigned, std::size_t> closed;
  std::size_t timeouts = 0;                    // sockets given up for silence
  std::size_t not_connected = 0;               // tries that found nobody
  std::map<std::string, std::size_t> put_off;  // messages refused for now, by code

  std::size_t lost_sockets() const;
  Seen& operator+=(const Seen& other);
  Seen& operator-=(const Seen& earlier);
};
std::string to_string(const Seen& seen);

class EnduringClient {
 public:
  static constexpr const char* kNobody = "nobody";  // to whom a message is sent now and then

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
  std::size_t sent() const { return sent_; }      // to the partner
  std::size_t stored() const { return stored_; }  // of these
  const Seen& seen() const { return seen_; }
  std::uint64_t cursor() const { return cursor_; }
  const lab::ClientConfig& config() const { return config_; }

 private:
  void on_frame(const wire::FrameView& frame);
  void on_refused(const wire::ClientRefused& refused);
  void on_closed(const lab::Closed& closed);
  void look_at_clock();
  void reconnect(std::chrono::milliseconds pause = std::chrono::milliseconds(100));
  void resend();
  void keep(const std::string& id, const std::string& to);

  boost::asio::io_context& io_;
  lab::ClientConfig config_;
  std::string partner_;
  Ledger ledger_;
  boost::asio::steady_timer again_, clock_;
  std::chrono::steady_clock::time_point heard_at_;
  std::optional<lab::Client> client_;
  struct Message {
    std::string id;
    wire::Bytes frame;
  };
  std::deque<Message> outbox_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::uint64_t cursor_ = 0;
  std::size_t next_id_ = 1, sent_ = 0, stored_ = 0;
  Seen seen_;
  std::optional<lab::NextEdge> next_edge_;  // told by the edge that it is connected to
};

}  // namespace trunkline::tests
