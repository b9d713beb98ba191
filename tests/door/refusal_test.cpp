// Everything that must be refused, tried on a real cluster one after the other: each is told what
// it must be told, counted where it is counted, and the cluster serves after it.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <sstream>

#include "tests/door/refusal.h"
#include "tests/door/test_name.h"
#include "tests/support/test_client.h"

namespace trunkline::tests {

std::uint16_t Door::port() const {
  return static_cast<std::uint16_t>(std::stoul(origin().substr(origin().rfind(':') + 1)));
}

std::string Door::origin() const {
  const std::string& url = cluster_.urls().front();
  return "https" + url.substr(url.find(':'));
}

std::string Door::http(const std::string& request) {
  const HttpAnswer answer = ask_http(port(), true, request);
  return answer.head.empty() ? "end" : "HTTP " + std::to_string(answer.status);
}

namespace {

std::unique_ptr<ClusterUnderTest>& cluster() {
  static std::unique_ptr<ClusterUnderTest> only;
  return only;
}

// Two users who must not notice anything: on two edges, in two protocols, at two homes.
class Witnesses {
 public:
  explicit Witnesses(ClusterUnderTest& cluster)
      : alice_(room_, cluster.urls().at(0), lab::Protocol::json),
        bob_(room_, cluster.urls().at(1), lab::Protocol::bin),
        alice_name_(cluster.new_user_at_home("witness", 0)),
        bob_name_(cluster.new_user_at_home("witness", 1)) {
    alice_.login(alice_name_, "phone");
    bob_.login(bob_name_, "phone");
  }
  void send_and_see() {
    const std::string body = "message " + std::to_string(++sent_);
    alice_.send_and_see(bob_name_, body);
    bob_.expect_message(alice_name_, body);
    bob_.expect_nothing_more();
  }

 private:
  Room room_;
  TestClient alice_, bob_;
  std::string alice_name_, bob_name_;
  int sent_ = 0;
};

std::unique_ptr<Witnesses>& witnesses() {
  static std::unique_ptr<Witnesses> only;
  return only;
}

class Started : public testing::Environment {
 public:
  void SetUp() override {
    ClusterUnderTest::Options options;
    options.ranks = 2;
    options.tls = true;
    cluster() = std::make_unique<ClusterUnderTest>(options);
    witnesses() = std::make_unique<Witnesses>(*cluster());
  }
  void TearDown() override {
    witnesses().reset();
    EXPECT_TRUE(cluster()->stop()) << cluster()->logs();
    cluster().reset();
  }
};
const auto* const kStarted = testing::AddGlobalTestEnvironment(new Started);

// ---- counters

// What the first edge counts: "name" and, where there is one, its code.
std::map<std::string, double> counters() {
  std::map<std::string, double> all;
  const std::uint16_t port = Door(*cluster()).port();
  std::istringstream lines(
      ask_http(port, true, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").rest);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kOurs = "trunkline_edge_";
    if (!line.starts_with(kOurs)) continue;
    std::string name = line.substr(kOurs.size(), line.find('{') - kOurs.size());
    constexpr std::string_view kCode = "code=\"";
    if (const auto at = line.find(kCode); at != std::string::npos) {
      const auto begin = at + kCode.size();
      name += " " + line.substr(begin, line.find('"', begin) - begin);
    }
    all[name] += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return all;
}

// Those that what was told must have moved.
std::vector<std::string> counters_of(const std::string& told) {
  std::vector<std::string> names;
  const auto code_after = [&told](const std::string& word) {
    const auto begin = told.find(word) + word.size();
    return told.substr(begin, told.find_first_of(" ,", begin) - begin);
  };
  if (told.starts_with("HTTP 4")) names.push_back("http_refused_total");
  if (told.starts_with("error ")) names.push_back("errors_total " + code_after("error "));
  if (told.starts_with("refused ")) names.push_back("refused_total " + code_after("refused "));
  if (told.starts_with("error not_authorized")) names.push_back("logins_failed_total");
  if (told.starts_with("error throttled")) names.push_back("logins_throttled_total");
  for (const char* close : {"close 1002", "close 1003", "close 1009"}) {
    if (told.starts_with(close)) names.push_back("websockets_failed_total");
  }
  return names;
}

// ---- the table

std::vector<Refusal> all_refusals() {
  std::vector<Refusal> all;
  for (const auto& group : {http_refusals, login_refusals, text_refusals, frame_refusals,
                            websocket_refusals, identity_refusals, limit_passes}) {
    for (Refusal& one : group()) all.push_back(std::move(one));
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<Refusal>& info) {
  return test_name(info.param.group, info.index, info.param.name);
}

class Refused : public testing::TestWithParam<Refusal> {};
INSTANTIATE_TEST_SUITE_P(, Refused, testing::ValuesIn(all_refusals()), name_of);

TEST_P(Refused, AndTheClusterServes) {
  Door door(*cluster());
  auto before = counters();
  EXPECT_EQ(GetParam().attempt(door), GetParam().expected);
  auto after = counters();
  for (const std::string& name : counters_of(GetParam().expected)) {
    EXPECT_GE(after[name], before[name] + 1) << name;
  }
  EXPECT_NO_THROW(witnesses()->send_and_see());
}

// ---- what cannot be told apart

std::string text_told(Door& door, const std::string& mechanism, const std::string& user,
                      const std::string& password) {
  Caller caller = door.stranger();
  if (mechanism == "PLAIN") {
    caller.say_text(auth_text(mechanism, plain_words(user, password)));
    return caller.ending() + caller.more();
  }
  lab::SaslLogin login(lab::Mechanism::scram, user, password);
  return caller.finish(login, mechanism) + caller.more();
}

TEST(DoorTest, UnknownDisabledAndWrongSoundTheSame) {
  Door door(*cluster());
  const std::string disabled = door.new_user("alice");
  cluster()->admin().disable(disabled);
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256"}) {
    const std::string wrong = text_told(door, mechanism, door.new_user("alice"), "guess");
    EXPECT_TRUE(wrong.starts_with("error not_authorized, close 1008")) << wrong;
    EXPECT_EQ(text_told(door, mechanism, "nobody", "guess"), wrong);
    EXPECT_EQ(text_told(door, mechanism, disabled, "guess"), wrong);
  }
}

// What the same door lets in: that a table of refusals passes must not be because nothing does.
TEST(DoorTest, TheSameWordsUnspoiltPass) {
  Door door(*cluster());
  const std::string user = door.new_user("alice");
  EXPECT_EQ(
      door.http(upgrade_request(std::string(kJsonProtocol) + "Origin: " + door.origin() + "\r\n")),
      "HTTP 101");
  for (const std::string& act_as : {std::string(), user}) {
    Caller caller = door.stranger();
    caller.say_text(auth_text("PLAIN", plain_words(user, user, act_as)));
    EXPECT_EQ(caller.told(), "welcome");
  }
  Caller bin = door.stranger(Caller::Speaks::bin);
  bin.log_in(user, "desk");
  bin.say_frame(wire::encoded({}, wire::Ping{"p"}));
  EXPECT_EQ(bin.told(), "pong");
}

}  // namespace
}  // namespace trunkline::tests
