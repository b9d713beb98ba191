// What all tests of the client protocol share: clusters that live as long as the test program, and
// the clients of one test. Every test has users of its own, so tests do not see one another.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/cluster_under_test.h"
#include "tests/support/test_client.h"

namespace trunkline::tests {

// Started when it is first asked for; stopped after the last test.
ClusterUnderTest& chat_cluster();       // 2 ranks, edges inside, limits on
ClusterUnderTest& lab_cluster();        // 3 ranks, fused, limits off
ClusterUnderTest& tight_cluster();      // 1 rank, small quota and rate
ClusterUnderTest& forgetful_cluster();  // 1 rank, limits off, small retention
ClusterUnderTest& tls_cluster();        // 1 rank, an edge in a process of its own, TLS

inline constexpr unsigned kTightQuota = 20;           // messages
inline constexpr unsigned kForgetfulRetention = 100;  // messages
inline constexpr unsigned kTightBurst = 60;  // of one sender to one receiver; then 1 a second

// Both sub-protocols tell the same story.
class ProtocolTest : public testing::TestWithParam<lab::Protocol> {
 protected:
  explicit ProtocolTest(ClusterUnderTest& (*cluster)() = chat_cluster) : cluster_(cluster()) {}

  ClusterUnderTest& cluster() { return cluster_; }
  std::string new_user(const std::string& name) { return cluster_.new_user(name); }
  // A client that is not yet connected, of this test's protocol.
  TestClient& client(unsigned edge = 0) { return client(edge, GetParam()); }
  TestClient& client(unsigned edge, lab::Protocol protocol) {
    clients_.push_back(std::make_unique<TestClient>(room_, cluster_.urls().at(edge), protocol));
    return *clients_.back();
  }
  // One that is logged in. Users without a cursor start at the one that the server knows.
  TestClient& logged_in(const std::string& user, unsigned edge = 0,
                        const std::string& device = "phone", const LoginWords& words = {}) {
    TestClient& made = client(edge);
    made.login(user, device, words);
    return made;
  }
  Room& room() { return room_; }

 private:
  ClusterUnderTest& cluster_;
  Room room_;
  std::vector<std::unique_ptr<TestClient>> clients_;
};

std::string name_of_protocol(const testing::TestParamInfo<lab::Protocol>& info);

#define IN_BOTH_PROTOCOLS(Suite)                                                              \
  INSTANTIATE_TEST_SUITE_P(, Suite, testing::Values(lab::Protocol::bin, lab::Protocol::json), \
                           name_of_protocol)
#define IN_JSON(Suite) \
  INSTANTIATE_TEST_SUITE_P(, Suite, testing::Values(lab::Protocol::json), name_of_protocol)
#define IN_BIN(Suite) \
  INSTANTIATE_TEST_SUITE_P(, Suite, testing::Values(lab::Protocol::bin), name_of_protocol)

}  // namespace trunkline::tests
