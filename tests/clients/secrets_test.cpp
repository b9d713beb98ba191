// What must never be seen: passwords, verifiers and the pepper, in logs, command lines,
// environments, files of the run directory, metrics, or what administration answers. And the
// processes that hold them leave no core.
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "persistence/lmdb_store.h"
#include "tests/cluster/supervised_cluster.h"
#include "tests/support/cluster_under_test.h"
#include "tests/support/test_client.h"
#include "wire/base64.h"

namespace trunkline::tests {
namespace {

namespace fs = std::filesystem;

const std::string kPasswords[] = {"correct-horse-7531", "battery-staple-8642", "a-guess-9753",
                                  "a-new-one-1357"};

std::string in_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return text;
}

// Named places, and what stands there.
class Places {
 public:
  void add(const std::string& name, std::string text) {
    places_.emplace_back(name, std::move(text));
  }
  void add_files(const std::string& directory) {
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (entry.is_regular_file()) add(entry.path(), content_of(entry.path()));
    }
  }
  void add_process(pid_t pid) {
    const std::string process = "/proc/" + std::to_string(pid);
    for (const char* file : {"/cmdline", "/environ"}) {
      const std::string text = content_of(process + file);
      EXPECT_FALSE(text.empty()) << process << file;
      add(process + file, text);
    }
  }
  // As it is, in hex, and in base64.
  void expect_nowhere(const std::string& what, const std::string& secret) const {
    ASSERT_GE(secret.size(), 10U) << what << " would be found by chance";
    for (const std::string& form : {secret, in_hex(secret), std::string(wire::to_base64(secret))}) {
      for (const auto& [name, text] : places_) {
        EXPECT_EQ(text.find(form), std::string::npos) << what << " stands in " << name;
      }
    }
  }
  bool have(const std::string& text) const {
    return std::any_of(places_.begin(), places_.end(), [&](const auto& place) {
      return place.second.find(text) != std::string::npos;
    });
  }

 private:
  std::vector<std::pair<std::string, std::string>> places_;
};

// The keys of the accounts, and the pepper, from the data of a cluster that has stopped.
void expect_no_keys(const Places& places, const std::string& data, unsigned ranks,
                    const std::vector<std::string>& users) {
  unsigned accounts = 0;
  for (wire::RankId rank = 0; rank < ranks; ++rank) {
    persistence::LmdbConfig config;
    config.directory = data + "/rank-" + std::to_string(rank);
    config.self = rank;
    config.slots = wire::SlotMap::fresh(ranks, 0);
    persistence::LmdbStore store(config);
    const auto& pepper = store.opened().pepper;
    places.expect_nowhere("the pepper", std::string(pepper.begin(), pepper.end()));
    for (const std::string& user : users) {
      wire::Loaded loaded;
      store.load({1, wire::LoadAccount{user}}, loaded);
      const wire::Bytes bytes = std::get<wire::AccountLoaded>(loaded.what).account;
      if (bytes.empty()) continue;  // of another rank
      ++accounts;
      const auto account = wire::decode_account(bytes);
      ASSERT_TRUE(account.has_value());
      places.expect_nowhere(user + "'s stored key", std::string(account->stored_key));
      places.expect_nowhere(user + "'s server key", std::string(account->server_key));
    }
  }
  EXPECT_EQ(accounts, users.size());
}

void expect_no_core_of(pid_t pid) {
  std::ifstream limits("/proc/" + std::to_string(pid) + "/limits");
  for (std::string line; std::getline(limits, line);) {
    if (!line.starts_with("Max core file size")) continue;
    std::istringstream words(line.substr(sizeof "Max core file size"));
    std::string soft, hard;
    words >> soft >> hard;
    EXPECT_EQ(soft, "1") << pid;
    EXPECT_EQ(hard, "1") << pid;
    return;
  }
  FAIL() << "no limits of " << pid;
}

TEST(Secrets, AreNowhereInAClusterThatSaysAllItCan) {
  const std::vector<std::string> debug{"--log-level", "debug"};
  ClusterUnderTest cluster({.ranks = 2, .tls = true, .rank_options = debug, .edge_options = debug});
  cluster.add_user("alice", kPasswords[0]);
  cluster.add_user("bob", kPasswords[1]);
  Room room;
  for (const auto mechanism :
       {lab::Mechanism::plain, lab::Mechanism::scram, lab::Mechanism::scram_plus}) {
    for (unsigned edge = 0; edge < 2; ++edge) {
      for (const lab::Protocol protocol : {lab::Protocol::bin, lab::Protocol::json}) {
        TestClient right(room, cluster.urls().at(edge), protocol);
        right.login("alice", "phone", {.password = kPasswords[0], .mechanism = mechanism});
        TestClient wrong(room, cluster.urls().at(edge), protocol);
        wrong.login_error("bob", "phone", {.password = kPasswords[2], .mechanism = mechanism});
        TestClient unknown(room, cluster.urls().at(edge), protocol);
        unknown.login_error("nobody", "phone", {.password = kPasswords[2], .mechanism = mechanism});
      }
    }
  }
  Places places;
  const auto iterations = cluster.file().iterations;
  places.add("answer", cluster.admin().set_password("bob", kPasswords[3], iterations).text);
  places.add("answer", cluster.admin().add_user("alice", kPasswords[3], iterations).text);
  places.add("answer", cluster.admin().ping("alice").text);
  for (wire::RankId rank = 0; rank < 2; ++rank) {
    lab::AdminClient& admin = cluster.admin();
    for (const auto& answer : {admin.list(rank), admin.sessions(rank), admin.queues(rank),
                               admin.status(rank), admin.metrics(rank)}) {
      EXPECT_TRUE(answer.done);
      places.add("answer of rank " + std::to_string(rank), answer.text);
    }
    expect_no_core_of(cluster.rank_pid(rank));
    expect_no_core_of(cluster.edge_pid(rank));
  }
  const auto processes = cluster.left();
  EXPECT_GE(processes.size(), 5U) << "mpirun, two ranks, two edges";
  for (const pid_t pid : processes) places.add_process(pid);
  ASSERT_TRUE(cluster.stop()) << cluster.logs();
  places.add_files(cluster.run_directory());
  ASSERT_TRUE(places.have("serving: trunkline")) << "the logs are among them";
  ASSERT_TRUE(places.have("alice"));
  for (const std::string& password : kPasswords) places.expect_nowhere("a password", password);
  expect_no_keys(places, cluster.data_directory(), 2, {"alice", "bob"});
}

// As people do it: accounts from a file, a password by stdin.
TEST(Secrets, AreNowhereAroundTheFrontDoor) {
  const TemporaryDirectory temporary;
  const std::string accounts = temporary.path() + "/accounts";
  std::ofstream(accounts) << "alice " << kPasswords[0] << "\nbob " << kPasswords[1] << "\n";
  SupervisedCluster cluster({.ranks = 1,
                             .edges = "1",
                             .accounts = {},
                             .more = {"--accounts", accounts, "--first-message", "alice:bob"}});
  const std::string programs = fs::read_symlink("/proc/self/exe").parent_path();
  const std::string command = programs +
                              "/trunkline admin user add dora --password-stdin --run-dir " +
                              cluster.run_directory() + " > /dev/null";
  FILE* pipe = ::popen(command.c_str(), "w");
  ASSERT_NE(pipe, nullptr);
  ::fputs((kPasswords[3] + "\n").c_str(), pipe);
  EXPECT_EQ(::pclose(pipe), 0);
  Room room;
  TestClient dora(room, cluster.urls().at(0), lab::Protocol::json);
  dora.login("dora", "phone", {.password = kPasswords[3], .mechanism = lab::Mechanism::plain});
  Places places;
  places.add_process(cluster.supervisor_pid());
  for (const pid_t pid : cluster.left()) places.add_process(pid);
  expect_no_core_of(cluster.rank_pid(0));
  expect_no_core_of(cluster.edge_pid(0));
  EXPECT_EQ(cluster.stop(), 0);
  places.add_files(cluster.directory());
  places.add_files(cluster.run_directory());
  for (const std::string& password : kPasswords) places.expect_nowhere("a password", password);
  expect_no_keys(places, cluster.directory() + "/data", 1, {"alice", "bob", "dora"});
}

// A stranger who finds the front door open finds nobody in.
TEST(Accounts, ArePutThereByNobodyButAnAdministrator) {
  SupervisedCluster cluster({.ranks = 1, .edges = "1", .accounts = {}, .more = {}});
  lab::AdminClient admin = lab::connect_admin(wire::read_cluster_file(cluster.run_directory()));
  EXPECT_EQ(admin.list(0).text, "[]");
  EXPECT_EQ(cluster.stop(), 0);
}

}  // namespace
}  // namespace trunkline::tests
