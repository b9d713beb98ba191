#include <gtest/gtest.h>

#include "tests/backbone/job.h"

namespace trunkline::backbone {
namespace {

std::string pair_of_ranks(const std::vector<std::string>& mca) {
  const tests::TemporaryDirectory run;
  std::vector<std::string> arguments{"mpirun", "--oversubscribe", "--bind-to", "none", "-np", "2"};
  arguments.insert(arguments.end(), mca.begin(), mca.end());
  arguments.insert(arguments.end(), {programs() + "/link_rank", run.path()});
  Child child(arguments, {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"});
  child.ended();
  return child.output();
}

TEST(Link, BatchesOfEverySizeArriveInOrderThroughSharedMemory) {
  const std::string output = pair_of_ranks({});
  EXPECT_NE(output.find("link ok"), std::string::npos) << output;
}

TEST(Link, BatchesOfEverySizeArriveInOrderThroughTcp) {
  const std::string output =
      pair_of_ranks({"--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "lo"});
  EXPECT_NE(output.find("link ok"), std::string::npos) << output;
}

// Where processes may not read one another's memory, as in containers.
TEST(Link, BatchesOfEverySizeArriveInOrderWithoutSingleCopy) {
  const std::string output = pair_of_ranks({"--mca", "btl_vader_single_copy_mechanism", "none"});
  EXPECT_NE(output.find("link ok"), std::string::npos) << output;
}

}  // namespace
}  // namespace trunkline::backbone
