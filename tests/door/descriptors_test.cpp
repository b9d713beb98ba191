// An edge that has no descriptor left sends newcomers away at once, counts them, keeps whom it has,
// and takes newcomers again when there is room.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "tests/door/edge_process.h"
#include "tests/door/raw_connection.h"

namespace trunkline::tests {
namespace {

// The kernel gives the lowest number that is free, and none from the limit on.
rlim_t first_free_descriptor(pid_t pid) {
  std::vector<rlim_t> open;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    open.push_back(std::stoul(entry.path().filename().string()));
  }
  std::sort(open.begin(), open.end());
  rlim_t free = 0;
  while (free < open.size() && open[free] == free) ++free;
  return free;
}

RawConnection::Heard hears(RawConnection& connection) {
  std::string in;
  return connection.read(in);
}

TEST(DescriptorsTest, WithoutOneNewcomersAreClosedAtOnceAndCounted) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP()
      << "UBSan asks by a pipe whether memory may be read, and without a descriptor says no";
#endif
  EdgeProcess edge(EdgeKind::no_rank, false);
  RawConnection old(edge.port(), false);
  old.write(upgrade_request(std::string(kJsonProtocol)));
  ASSERT_EQ(read_http_answer(old).status, 101U);

  rlimit before{};
  ASSERT_EQ(::prlimit(edge.pid(), RLIMIT_NOFILE, nullptr, &before), 0);
  const rlimit full{first_free_descriptor(edge.pid()), before.rlim_max};
  ASSERT_EQ(::prlimit(edge.pid(), RLIMIT_NOFILE, &full, nullptr), 0);
  constexpr int kNewcomers = 5;
  for (int i = 0; i < kNewcomers; ++i) {
    RawConnection newcomer(edge.port(), false);
    const RawConnection::Heard heard = hears(newcomer);
    EXPECT_TRUE(heard == RawConnection::Heard::end || heard == RawConnection::Heard::reset);
  }
  old.write(std::string("\x89\x80\0\0\0\0", 6));  // a ping: who was there is served
  EXPECT_EQ(hears(old), RawConnection::Heard::bytes);

  ASSERT_EQ(::prlimit(edge.pid(), RLIMIT_NOFILE, &before, nullptr), 0);
  const HttpAnswer metrics =
      ask_http(edge.port(), false, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(metrics.status, 200U);
  const auto at = metrics.rest.find("\ntrunkline_edge_turned_away_total{");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(std::stoi(metrics.rest.substr(metrics.rest.find("} ", at) + 2)), kNewcomers);
}

}  // namespace
}  // namespace trunkline::tests
