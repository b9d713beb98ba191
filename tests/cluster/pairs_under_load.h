// Pairs of enduring clients on a supervised cluster: the first of each pair sends to the second
// without a pause, whatever happens to the cluster meanwhile. What they saw is judged by their
// ledgers in the end, and how long each pair had to wait after a fault is measured.
//
// Threads: one; time passes for the clients only in calls of this class.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/cluster/enduring_client.h"
#include "tests/cluster/supervised_cluster.h"

namespace trunkline::tests {

class PairsUnderLoad {
 public:
  // Accounts of so many pairs: a0, b0, a1 …
  static std::vector<std::string> names(unsigned pairs);

  // REQUIRES: the cluster has those accounts. Sender and receiver of a pair use edges side by side.
  PairsUnderLoad(SupervisedCluster& cluster, unsigned pairs);

  // The clients go on until the condition holds; false when that takes longer than a minute.
  bool run_until(const std::function<bool()>& condition);
  void run_for(std::chrono::milliseconds time);

  // All are logged in, and messages flow. False: they do not.
  bool begin();
  // A fault comes now: how long until each pair has a message stored that it sends after this?
  void expect_fault();
  struct Wait {
    double first_s = 0, last_s = 0;  // of the pair that waited shortest and longest
  };
  // Waits until all have gone on since expect_fault(), and a few hundred messages more are stored.
  // False: they do not.
  bool go_on(Wait& wait);
  // No message is sent any more; true when all have been stored and shown.
  bool finish();
  // All clients leave; their ledgers are judged, one sum over all pairs.
  Verdict verdict();

  // The edge of a client has got another address: after a restart of everything.
  void follow_urls();
  // What kill -9 leaves of a client is its ledger. Both clients of a pair.
  void kill_clients(unsigned pair);
  // Sockets of clients of this edge that were lost up to now.
  std::size_t breaks_at(unsigned edge) const;
  std::size_t breaks() const;
  std::size_t refused() const;
  std::size_t stored() const;

 private:
  using Clock = std::chrono::steady_clock;
  unsigned edge_of(unsigned pair, bool sender) const;
  std::unique_ptr<EnduringClient> client(unsigned pair, bool sender);
  std::string ledger_of(unsigned pair, bool sender) const;
  bool all(const std::function<bool(const EnduringClient&)>& what) const;
  void send_every();
  void note_who_went_on();

  SupervisedCluster& cluster_;
  unsigned edges_;
  boost::asio::io_context io_;
  std::vector<std::unique_ptr<EnduringClient>> senders_, receivers_;
  boost::asio::steady_timer pace_{io_};
  unsigned next_ = 0;
  std::size_t lost_breaks_ = 0, lost_refused_ = 0;  // of clients that were killed
  Clock::time_point fault_at_;
  struct Goal {
    std::size_t stored = 0;
    double after_s = -1;  // negative: not yet
  };
  std::vector<Goal> goals_;
  std::size_t stored_before_ = 0;
};

}  // namespace trunkline::tests
