// One thing that the door, or the cluster behind it, must not let pass: how it is tried, and what
// the one who tries it is told.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/door/caller.h"
#include "tests/support/cluster_under_test.h"

namespace trunkline::tests {

// The cluster that all of them are tried on: two ranks, an edge for each, TLS.
class Door {
 public:
  explicit Door(ClusterUnderTest& cluster) : cluster_(cluster) {}

  ClusterUnderTest& cluster() { return cluster_; }
  std::uint16_t port() const;  // of the first edge
  std::string origin() const;  // that edge's own
  std::string new_user(const std::string& name) { return cluster_.new_user(name); }
  // A connection on which nothing has been said.
  Caller stranger(Caller::Speaks speaks = Caller::Speaks::json) { return {port(), true, speaks}; }
  // What "HTTP STATUS" this request is answered; "end" if it is none.
  std::string http(const std::string& request);

 private:
  ClusterUnderTest& cluster_;
};

struct Refusal {
  std::string group, name;
  std::function<std::string(Door&)> attempt;  // what came of it, in words
  std::string expected;
};

// For GoogleTest.
inline void PrintTo(const Refusal& one, std::ostream* out) {
  *out << one.group << ": " << one.name;
}

std::vector<Refusal> http_refusals();
std::vector<Refusal> login_refusals();
std::vector<Refusal> text_refusals();       // JSON
std::vector<Refusal> frame_refusals();      // `.bin`
std::vector<Refusal> websocket_refusals();  // kinds and limits below both
std::vector<Refusal> identity_refusals();
std::vector<Refusal> limit_passes();  // at a limit, and one over where no group above has that

}  // namespace trunkline::tests
