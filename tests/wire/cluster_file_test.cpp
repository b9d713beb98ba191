#include "wire/cluster_file.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"

namespace trunkline::wire {
namespace {

ClusterFile a_file() {
  ClusterFile file;
  file.epoch = 3;
  file.job = "abc";
  file.start_ms = 1'700'000'000'000;
  file.version = "0.1.0";
  file.storage = "disk";
  file.ranks.push_back(
      {0, "node1", 4711, "ipc:///run/r0", "", "", "/run/r0.admin", "ws://127.0.0.1:1"});
  return file;
}

TEST(ClusterFile, IsReadAsItWasWritten) {
  const tests::TemporaryDirectory directory;
  write_cluster_file(directory.path(), a_file());
  const ClusterFile read = read_cluster_file(directory.path());
  EXPECT_EQ(read.epoch, 3u);
  ASSERT_EQ(read.ranks.size(), 1u);
  EXPECT_EQ(read.ranks[0].pid, 4711);
  EXPECT_EQ(to_json(read), to_json(a_file()));
}

TEST(ClusterFile, SaysWhatIsWrong) {
  EXPECT_THROW(read_cluster_file("/nonexistent"), std::runtime_error);
  const std::string whole = to_json(a_file());
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_THROW(parse_cluster_file(whole.substr(0, size)), std::runtime_error) << size;
  }
  EXPECT_THROW(parse_cluster_file("{\"epoch\": -1}"), std::runtime_error);
}

}  // namespace
}  // namespace trunkline::wire
