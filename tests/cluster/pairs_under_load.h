// Pairs of enduring clients on a cluster: the first of each pair sends to the second without a
// pause, and now and then to a user that is not there, whatever happens to the cluster meanwhile.
// What they saw is judged by their ledgers in the end, and how long each pair had to wait after a
// fault is measured.
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

namespace trunkline::tests {

class PairsUnderLoad {
 public:
  // Accounts of so many pairs, of this process alone: a client that finds another cluster at its
  // edge's old port must not get in.
  static std::vector<std::string> names(unsigned pairs);

  // REQUIRES: those accounts are there, with their names as passwords. Sender and receiver of a
  // pair use edges side by side. Ledgers stand in `directory`.
  PairsUnderLoad(std::vector<std::string> urls, std::string directory, unsigned pairs);

  // The clients go on until the condition holds; false when that takes longer than a minute.
  bool run_until(const std::function<bool()>& condition);
  void run_for(std::chrono::milliseconds time);

  // All are logged in, and messages flow. False: they do not.
  bool begin();
  // Waits until all are logged in (again).
  bool all_come_back();
  // A fault comes now: how long until each pair has a message stored that it sends after this?
  void expect_fault();
  struct Wait {
    double first_s = 0, last_s = 0;  // of the pair that waited shortest and longest
  };
  // Waits until all have gone on since expect_fault(), and a few messages more are stored. False:
  // they do not.
  bool go_on(Wait& wait);
  // No message is sent any more; true when all have been answered and shown, to their senders too.
  bool finish();
  // All clients leave, and their ledgers are judged.
  Verdict verdict();

  // The edges have got other addresses.
  void move(std::vector<std::string> urls);
  // What kill -9 leaves of a client is its ledger. Both clients of a pair.
  void kill_clients(unsigned pair);
  // What clients have seen up to now: of one edge, and of all.
  Seen seen_at(unsigned edge) const;
  Seen seen() const;
  std::size_t stored() const;

 private:
  using Clock = std::chrono::steady_clock;
  unsigned edge_of(unsigned pair, bool sender) const;
  std::unique_ptr<EnduringClient> client(unsigned pair, bool sender);
  std::string ledger_of(unsigned pair, bool sender) const;
  bool all(const std::function<bool(const EnduringClient&)>& what) const;
  void send_every();
  void note_who_went_on();

  std::vector<std::string> urls_;
  std::string directory_;
  boost::asio::io_context io_;
  std::vector<std::unique_ptr<EnduringClient>> senders_, receivers_;
  boost::asio::steady_timer pace_{io_};
  bool finishing_ = false;
  unsigned next_ = 0;
  Seen seen_by_killed_;
  Clock::time_point fault_at_;
  struct Goal {
    std::size_t stored = 0;
    double after_s = -1;  // negative: not yet
  };
  std::vector<Goal> goals_;
  std::size_t stored_before_ = 0;
};

}  // namespace trunkline::tests
