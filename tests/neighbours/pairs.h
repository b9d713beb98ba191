// The others: pairs of users who write to each other from edge to edge, one message at a time and
// at a pace that every limit allows, while somebody else misbehaves. Nothing of theirs may be lost,
// late in its order, or refused.
//
// Threads: the test's; everything happens while its Room waits.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/cluster_under_test.h"
#include "tests/support/test_client.h"

namespace trunkline::tests {

class Pairs {
 public:
  // Logs all in: the senders at edge 1, the receivers at edge 2, and so on alternating.
  Pairs(ClusterUnderTest& cluster, Room& room, unsigned pairs);
  ~Pairs();

  void begin();
  // No more are sent; true when every message was stored, and shown once and in order.
  bool finish();

  std::size_t sent() const;
  std::size_t stored() const;
  std::size_t shown() const;
  // What went wrong, in words: refusals, closed connections, messages out of order.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Pair;
  void send_all();

  Room& room_;
  boost::asio::steady_timer pace_;
  std::vector<std::unique_ptr<Pair>> pairs_;
  bool sending_ = false;
  std::string trouble_;
};

}  // namespace trunkline::tests
