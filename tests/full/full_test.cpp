// A cluster that has no room: on the disk, in the map of the log, in descriptors. Senders are
// refused at once with a code that says "again", what is there is read and delivered, and when
// there is room it is used without a word from anybody.
#include <sys/resource.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>

#include "lab/url.h"
#include "tests/full/sender.h"
#include "tests/full/small_disk.h"
#include "tests/power/interposing.h"
#include "tests/support/cluster_under_test.h"

namespace trunkline::tests {
namespace {

using boost::asio::ip::tcp;
using wire::Code;

constexpr std::size_t kBody = 60'000;

// Those who take part in each story: A sends to B, whose homes are two ranks; C comes later.
struct People {
  explicit People(ClusterUnderTest& cluster)
      : a(cluster.new_user_at_home("a", 1)),
        b(cluster.new_user_at_home("b", 0)),
        c(cluster.new_user_at_home("c", 0)) {}
  const std::string a, b, c;
};

// What goes on while nothing can be stored.
void expect_service(ClusterUnderTest& cluster, Room& room, const People& people, TestClient& alice,
                    TestClient& bob, unsigned stored) {
  for (unsigned number = 1; number <= stored; ++number) {
    EXPECT_EQ(bob.next_message().id, "n" + std::to_string(number));
  }
  alice.send_direct(people.b, "direct");
  EXPECT_EQ(bob.next_message().body, "direct");
  TestClient carol(room, cluster.urls().at(0), lab::Protocol::bin);
  carol.login(people.c, "phone");
  carol.round_trip();
  bob.ask_history({.limit = 2});
  EXPECT_EQ(bob.next_page().messages.back().id, "n" + std::to_string(stored));
}

TEST(Full, ADiskWithoutRoomRefusesServesAndAcceptsAgain) {
  std::string why_not;
  const auto disk = SmallDisk::make("420m", why_not);
  if (!disk) GTEST_SKIP() << why_not;
  ClusterUnderTest cluster({.ranks = 2, .profile = "lab"});
  const People people(cluster);
  Room room;
  TestClient alice(room, cluster.urls().at(0), lab::Protocol::bin);
  TestClient bob(room, cluster.urls().at(1), lab::Protocol::bin);
  alice.login(people.a, "phone");
  EXPECT_EQ(bob.login(people.b, "phone").storage, wire::Storage::tmpfs);
  Sender sender(room, alice, people.b, kBody);
  sender.send(0);
  bob.next_message();
  disk->fill();
  const unsigned refused = sender.send_until_refused(2'000, Code::full);
  double slowest_ms = sender.took_ms();
  expect_service(cluster, room, people, alice, bob, refused - 1);
  for (int again = 0; again < 5; ++again) {
    EXPECT_EQ(sender.send(refused), Code::full);
    slowest_ms = std::max(slowest_ms, sender.took_ms());
  }
  EXPECT_GT(cluster.rank_metric(0, "trunkline_rank_store_taken_back_total"), 0);
  disk->clear();
  sender.send_until_stored();
  EXPECT_EQ(bob.next_message().id, "n" + std::to_string(refused));
  bob.expect_nothing_more();
  EXPECT_EQ(cluster.rank_metric(0, "trunkline_rank_ports_broken_total"), 0);
  std::printf("disk full: %u messages stored first, refused within %.0f ms\n", refused - 1,
              slowest_ms);
  EXPECT_TRUE(cluster.stop());
}

// The log cannot be trimmed while the archive takes nothing, so its map is full.
TEST(Full, AFullMapRefusesServesAndAcceptsAgain) {
  const TemporaryDirectory directory;
  const std::string orders = directory.path() + "/orders";
  const power::Faults faults(std::filesystem::temp_directory_path().string(), orders);
  ClusterUnderTest cluster({.ranks = 2,
                            .profile = "lab",
                            .rank_options = {"--log-bytes-max", std::to_string(16 << 20)}});
  const People people(cluster);
  Room room;
  TestClient alice(room, cluster.urls().at(0), lab::Protocol::bin);
  TestClient bob(room, cluster.urls().at(1), lab::Protocol::bin);
  alice.login(people.a, "phone");
  bob.login(people.b, "phone");
  faults.order("slow:sync:8000:archive.mdb");
  Sender sender(room, alice, people.b, kBody);
  const unsigned refused = sender.send_until_refused(2'000, Code::full);
  std::printf("map full: %u messages stored first, refused within %.0f ms\n", refused - 1,
              sender.took_ms());
  expect_service(cluster, room, people, alice, bob, refused - 1);
  faults.order("");
  sender.send_until_stored();
  EXPECT_EQ(bob.next_message().id, "n" + std::to_string(refused));
  bob.expect_nothing_more();
  EXPECT_TRUE(cluster.stop());
}

// An edge without descriptors: who is there is served, who comes is served when somebody has left.
TEST(Full, AnEdgeWithoutDescriptorsServesWhoIsThere) {
  ClusterUnderTest cluster({.ranks = 1, .profile = "lab"});
  const std::string a = cluster.new_user("a"), b = cluster.new_user("b");
  Room room;
  TestClient alice(room, cluster.urls().at(0), lab::Protocol::bin);
  TestClient bob(room, cluster.urls().at(0), lab::Protocol::bin);
  alice.login(a, "phone");
  bob.login(b, "phone");
  const pid_t edge = cluster.edge_pid(0);
  rlimit before{};
  ASSERT_EQ(prlimit(edge, RLIMIT_NOFILE, nullptr, &before), 0);
  const rlimit none{1, before.rlim_max};
  ASSERT_EQ(prlimit(edge, RLIMIT_NOFILE, &none, nullptr), 0);
  const lab::Url url = lab::parse_url(cluster.urls().at(0));
  tcp::socket late(room.io());
  late.connect({boost::asio::ip::make_address(url.host),
                static_cast<std::uint16_t>(std::stoul(url.port))});  // by the kernel
  boost::asio::write(late, boost::asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
  Sender sender(room, alice, b, 100);
  for (unsigned number = 1; number <= 50; ++number) {
    EXPECT_EQ(sender.send(number), Code::ok);
    EXPECT_EQ(bob.next_message().id, "n" + std::to_string(number));
  }
  std::array<char, 256> answer{};
  boost::system::error_code ignored;
  late.non_blocking(true);
  EXPECT_EQ(late.read_some(boost::asio::buffer(answer), ignored), 0u) << "no descriptor for it";
  ASSERT_EQ(prlimit(edge, RLIMIT_NOFILE, &before, nullptr), 0);
  late.non_blocking(false);
  late.read_some(boost::asio::buffer(answer), ignored);  // it is heard now, and refused
  TestClient later(room, cluster.urls().at(0), lab::Protocol::bin);
  later.login(b, "desk");
  later.round_trip();
  EXPECT_TRUE(cluster.stop());
}

}  // namespace
}  // namespace trunkline::tests
