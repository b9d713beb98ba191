// A cluster that people were using is killed, dumped, restored for other numbers of ranks, and
// used on: each finds what was acknowledged and not yet shown, and nothing twice.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/cluster/front_door.h"
#include "tests/cluster/supervised_cluster.h"
#include "tests/support/test_client.h"

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace fs = std::filesystem;

const std::vector<std::string> kNames{"ann", "ben", "cy", "dot", "eli", "fay"};
constexpr std::size_t kAway = 3;  // so many are not there for the last messages

// `from id`, as one mailbox holds it.
using Held = std::multiset<std::string>;

// What one person's device knows, whatever becomes of the cluster.
struct Person {
  std::string name, mailbox;
  wire::Mseq cursor = 0;
  Held shown;
  Held held;  // all that is acknowledged: to this person, or a copy of what this person sent
};

class People {
 public:
  People() {
    for (const std::string& name : kNames) people_.push_back({name, {}, 0, {}, {}});
  }
  // The same, as they were when the cluster went.
  explicit People(std::vector<Person> people) : people_(std::move(people)) {}

  std::vector<Person>& all() { return people_; }
  // Everybody logs in, on the edges in turn, with the cursor that was saved.
  void arrive(const std::vector<std::string>& urls) {
    clients_.clear();
    for (std::size_t i = 0; i < people_.size(); ++i) {
      const auto protocol = i % 2 == 0 ? lab::Protocol::bin : lab::Protocol::json;
      clients_.push_back(std::make_unique<TestClient>(room_, urls[i % urls.size()], protocol));
      LoginWords words;
      if (people_[i].mailbox != "") words.cursor = people_[i].cursor;
      words.mailbox = people_[i].mailbox;
      const Welcomed welcome = clients_[i]->login(people_[i].name, "phone", words);
      if (people_[i].mailbox != "") {
        EXPECT_EQ(welcome.mailbox, people_[i].mailbox);
      }
      people_[i].mailbox = welcome.mailbox;
    }
  }
  TestClient& client(std::size_t i) { return *clients_[i]; }
  // `i` sends one message to everybody else, and each is acknowledged.
  void send_to_all(std::size_t i, const std::string& body) {
    for (std::size_t to = 0; to < people_.size(); ++to) {
      if (to == i) continue;
      const std::string id = clients_[i]->send(people_[to].name, body);
      people_[to].held.insert(people_[i].name + " " + id);
      people_[i].held.insert(people_[i].name + " " + id);
    }
    for (std::size_t to = 1; to < people_.size(); ++to) clients_[i]->next_stored();
  }
  // Takes what `i` is shown, until it was shown all that is acknowledged.
  void read_all(std::size_t i) {
    while (people_[i].shown.size() < people_[i].held.size()) read(i, clients_[i]->next_message());
  }
  // What has come so far, and no more.
  void read_some(std::size_t i) {
    clients_[i]->round_trip();
    while (!clients_[i]->messages().empty()) read(i, clients_[i]->next_message());
  }
  void acknowledge(std::size_t i) {
    clients_[i]->received(people_[i].cursor);
    clients_[i]->round_trip();
  }
  Room& room() { return room_; }

 private:
  void read(std::size_t i, const Shown& shown) {
    EXPECT_EQ(shown.mseq, people_[i].cursor + 1) << "a hole, or shown twice";
    people_[i].cursor = shown.mseq;
    people_[i].shown.insert(shown.from + " " + shown.id);
  }

  Room room_;
  std::vector<Person> people_;
  std::vector<std::unique_ptr<TestClient>> clients_;
};

std::string content_line(const std::string& output) {
  const auto at = output.find("content ");
  return at == std::string::npos ? "none" : output.substr(at, output.find('\n', at) - at);
}

class DumpTest : public testing::Test {
 protected:
  // The cluster of two ranks on which all of it happened; it was killed with messages in flight.
  static void SetUpTestSuite() {
    data_ = new TemporaryDirectory;
    people_ = new People;
    SupervisedCluster cluster({.ranks = 2,
                               .edges = "fused",
                               .accounts = kNames,
                               .more = {"--profile", "lab"},
                               .data = data()});
    people_->arrive(cluster.urls());
    for (std::size_t i = 0; i < kNames.size(); ++i) people_->send_to_all(i, "good morning");
    for (std::size_t i = 0; i < kNames.size(); ++i) people_->read_all(i);
    // Some tell the server; all know by themselves.
    for (std::size_t i = 0; i < kNames.size(); i += 2) people_->acknowledge(i);
    for (std::size_t i = 0; i < kAway; ++i) people_->client(i).cut();
    refused_while_running = run("admin dump " + file() + " --data " + data());
    supervisor_pid_ = cluster.supervisor_pid();
    for (std::size_t i = kAway; i < kNames.size(); ++i) people_->send_to_all(i, "good night");
    for (std::size_t i = kAway; i < kNames.size(); ++i) people_->read_some(i);
    cluster.kill_supervisor();
    people_->room().wait_until([&] { return cluster.left().empty(); }, 10s);
    ASSERT_TRUE(cluster.left().empty());
    dumped_ = run("admin dump " + file() + " --data " + data());
  }
  static void TearDownTestSuite() {
    delete people_;
    delete data_;
  }

  static std::string data() { return data_->path() + "/data"; }
  static std::string file() { return data_->path() + "/dump"; }
  static std::string other(const std::string& name) { return data_->path() + "/" + name; }

  static inline TemporaryDirectory* data_ = nullptr;
  static inline People* people_ = nullptr;
  static inline Outcome refused_while_running, dumped_;
  static inline pid_t supervisor_pid_ = 0;
};

TEST_F(DumpTest, ARunningClusterIsNotDumped) {
  EXPECT_EQ(refused_while_running.status, 1);
  EXPECT_THAT(refused_while_running.output,
              HasSubstr("is in use by process " + std::to_string(supervisor_pid_)));
}

TEST_F(DumpTest, ItSaysWhatItDidWithoutControlCharacters) {
  EXPECT_EQ(dumped_.status, 0) << dumped_.output;
  EXPECT_THAT(dumped_.output, HasSubstr("dumped to " + file() + ": 6 accounts, 6 mailboxes"));
  EXPECT_EQ(dumped_.output.find_first_of("\r\33"), std::string::npos);
  EXPECT_FALSE(fs::exists(file() + ".new"));
}

TEST_F(DumpTest, EverybodyGoesOnWhereTheyWereOnAnyNumberOfRanks) {
  for (const unsigned ranks : {1u, 2u, 3u, 4u}) {
    const std::string restored = other("restored-" + std::to_string(ranks));
    const Outcome made = run("admin restore " + file() + " --data " + restored + " --ranks " +
                             std::to_string(ranks));
    ASSERT_EQ(made.status, 0) << made.output;
    const Outcome again = run("admin dump " + other("again") + " --data " + restored);
    EXPECT_EQ(content_line(again.output), content_line(dumped_.output)) << again.output;

    People people(people_->all());
    SupervisedCluster cluster({.ranks = ranks,
                               .edges = "fused",
                               .accounts = {},
                               .more = {"--profile", "lab"},
                               .data = restored});
    people.arrive(cluster.urls());
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      Person& person = people.all()[i];
      people.read_all(i);
      EXPECT_EQ(person.shown, person.held) << person.name;
      people.client(i).expect_nothing_more();
      const HistoryPage page = people.client(i).history({.limit = 200});
      EXPECT_TRUE(page.complete);
      EXPECT_EQ(page.messages.size(), person.held.size());
    }
    // ann's first message to ben, sent again by a client that does not know.
    people.client(0).send_as("m1", "ben", "good morning");
    people.client(0).expect_stored("m1");
    people.client(1).expect_nothing_more();
    people.client(0).send_as("new", "ben", "good morning");
    EXPECT_EQ(people.client(1).next_message().mseq, people.all()[1].cursor + 1);
    TestClient stranger(people.room(), cluster.urls()[0], lab::Protocol::json);
    EXPECT_EQ(stranger.login_error("ann", "phone", {.password = "ben"}).code,
              wire::Code::not_authorized);
    EXPECT_EQ(cluster.stop(), 0);
  }
}

TEST_F(DumpTest, ItGoesThroughAPipe) {
  const Outcome piped =
      run_shell("trunkline admin dump - --data " + data() +
                " 2>/dev/null | trunkline admin restore - --data " + other("piped") + " --ranks 3");
  EXPECT_EQ(piped.status, 0) << piped.output;
  EXPECT_EQ(content_line(piped.output), content_line(dumped_.output)) << piped.output;
  EXPECT_TRUE(fs::exists(other("piped") + "/rank-2/data"));
}

TEST_F(DumpTest, ADryRunWritesNothing) {
  const Outcome dump = run("admin dump " + other("dry") + " -n --data " + data());
  EXPECT_EQ(dump.status, 0) << dump.output;
  EXPECT_THAT(dump.output, HasSubstr("would dump: 6 accounts"));
  const Outcome restore =
      run("admin restore " + file() + " --dry-run --ranks 5 --data " + other("dry"));
  EXPECT_EQ(restore.status, 0) << restore.output;
  EXPECT_THAT(restore.output, HasSubstr("for 5 ranks (dumped from 2, epoch 1): 6 accounts"));
  EXPECT_FALSE(fs::exists(other("dry")));
}

TEST_F(DumpTest, ABrokenFileIsRefusedAndNothingIsMade) {
  std::string bytes = content_of(file());
  const auto restore = [&](const std::string& broken) {
    std::ofstream(other("broken"), std::ios::trunc) << broken;
    const Outcome outcome = run("admin restore " + other("broken") + " --data " + other("never"));
    EXPECT_EQ(outcome.status, 1);
    EXPECT_FALSE(fs::exists(other("never")));
    return outcome.output;
  };
  EXPECT_THAT(restore(bytes.substr(0, bytes.size() - 1)), HasSubstr("it is cut off"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  EXPECT_THAT(restore(bytes), HasSubstr("it was changed, a checksum does not hold"));
  EXPECT_THAT(restore("PK"), HasSubstr("not a dump of Trunkline"));
}

TEST_F(DumpTest, WrongUseIsExitStatusTwoAndDataIsNeverOverwritten) {
  EXPECT_EQ(run("admin dump").status, 2);
  EXPECT_EQ(run("admin restore " + file() + " --ranks 0").status, 2);
  EXPECT_THAT(run("admin restore --help").output, HasSubstr("--rewound"));
  EXPECT_EQ(run("admin restore --help").status, 0);
  const Outcome over = run("admin restore " + file() + " --data " + data());
  EXPECT_EQ(over.status, 1);
  EXPECT_THAT(over.output, HasSubstr("an empty directory only; give another one (--data)"));
  const Outcome nowhere = run("admin dump " + other("x") + " --data " + other("nowhere"));
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_THAT(nowhere.output, HasSubstr("holds no data of rank 0"));
}

}  // namespace
}  // namespace trunkline::tests
