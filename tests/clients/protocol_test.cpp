#include "tests/clients/protocol_test.h"

namespace trunkline::tests {

namespace {

std::vector<std::unique_ptr<ClusterUnderTest>>& clusters() {
  static std::vector<std::unique_ptr<ClusterUnderTest>> all;
  return all;
}

// Ends the clusters while the program is still whole.
class Clusters : public testing::Environment {
 public:
  void TearDown() override {
    for (const auto& cluster : clusters()) {
      EXPECT_TRUE(cluster->stop()) << cluster->logs();
    }
    clusters().clear();
  }
};
const auto* const kClusters = testing::AddGlobalTestEnvironment(new Clusters);

ClusterUnderTest& started(const ClusterUnderTest::Options& options) {
  clusters().push_back(std::make_unique<ClusterUnderTest>(options));
  return *clusters().back();
}

}  // namespace

ClusterUnderTest& chat_cluster() {
  static ClusterUnderTest& cluster = started({.ranks = 2, .placement = Placement::inside});
  return cluster;
}

ClusterUnderTest& lab_cluster() {
  static ClusterUnderTest& cluster =
      started({.ranks = 3, .placement = Placement::fused, .profile = "lab"});
  return cluster;
}

ClusterUnderTest& tight_cluster() {
  static ClusterUnderTest& cluster =
      started({.ranks = 1,
               .placement = Placement::fused,
               .rank_options = {"--quota-messages", std::to_string(kTightQuota), "--rate", "1",
                                "--burst", std::to_string(kTightBurst)}});
  return cluster;
}

ClusterUnderTest& forgetful_cluster() {
  static ClusterUnderTest& cluster =
      started({.ranks = 1,
               .placement = Placement::fused,
               .profile = "lab",
               .rank_options = {"--retention-records", std::to_string(kForgetfulRetention)}});
  return cluster;
}

ClusterUnderTest& tls_cluster() {
  static ClusterUnderTest& cluster = started({.ranks = 1, .tls = true});
  return cluster;
}

std::string name_of_protocol(const testing::TestParamInfo<lab::Protocol>& info) {
  return info.param == lab::Protocol::bin ? "Bin" : "Json";
}

}  // namespace trunkline::tests
