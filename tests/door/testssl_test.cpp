// testssl.sh against a real edge: it must find nothing that is not OK. It looks at protocols,
// ciphers, the server's preference and the headers, and for the vulnerabilities that hang on how we
// configure TLS 1.2 and later with AEAD (renegotiation, compression). Those of older protocols and
// ciphers are out with these.
//
// TRUNKLINE_TESTSSL=all: everything that it can look for, every vulnerability, forward secrecy and
// the certificate too, in two runs side by side. Then what only the test's own certificate causes
// is left out of account.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include "tests/door/edge_process.h"
#include "tests/support/signals.h"

namespace trunkline::tests {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto kPatience = 280s;  // a busy machine; it needs 48 s of a processor

struct Finding {
  std::string severity, text;
};
using Findings = std::map<std::string, Finding>;  // by testssl's own ids

// One run of testssl, in a directory of its own.
class Looking {
 public:
  Looking(std::uint16_t port, std::vector<std::string> looks) {
    cluster::Spawn spawn;
    spawn.arguments = {"testssl", "--quiet",       "--color",    "0",    "--warnings",
                       "off",     "--nodns",       "none",       "--ip", "127.0.0.1",
                       "--fast",  "--assume-http", "--jsonfile", found_};
    spawn.arguments.insert(spawn.arguments.end(), looks.begin(), looks.end());
    spawn.arguments.push_back("https://127.0.0.1:" + std::to_string(port) + "/metrics");
    spawn.log = directory_.path() + "/testssl.log";
    die_of_signals();
    process_ = cluster::Process(spawn);
  }
  ~Looking() { process_.signal(SIGTERM); }

  bool wait_until(std::chrono::steady_clock::time_point end) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    return events_.wait_until([this] { return process_.ended(); }, left);
  }
  Findings findings() const {
    Findings findings;
    const json::value all = json::parse(content_of(found_));
    for (const json::value& one : all.as_array()) {
      findings[std::string(one.at("id").as_string())] = {
          std::string(one.at("severity").as_string()), std::string(one.at("finding").as_string())};
    }
    return findings;
  }
  std::string log() const { return content_of(directory_.path() + "/testssl.log"); }

 private:
  TemporaryDirectory directory_;
  const std::string found_ = directory_.path() + "/found.json";
  cluster::Events events_{directory_.path()};
  cluster::Process process_;
};

bool is_bad(const Finding& finding) {
  static const std::set<std::string> kBad{"LOW", "MEDIUM", "HIGH", "CRITICAL", "FATAL"};
  return kBad.contains(finding.severity);
}

// The test's own certificate is of no public authority, for an hour, and has the serial number 1.
bool is_of_own_certificate(const std::string& id) {
  static const std::set<std::string> kIds{
      "cert_chain_of_trust", "cert_revocation",      "cert_expirationStatus",
      "cert_notAfter",       "cert_serialNumberLen", "cert_subjectAltName",
      "cert_trust"};
  return kIds.contains(id);
}

TEST(TestSsl, FindsNothing) {
  const char* wish = std::getenv("TRUNKLINE_TESTSSL");
  const bool all = wish != nullptr && std::string(wish) == "all";
  EdgeProcess edge(EdgeKind::no_rank, true);
  // One run by default: 20 s of a processor go into how each begins.
  using Looks = std::vector<std::string>;
  std::vector<std::unique_ptr<Looking>> runs;
  if (all) {
    for (const Looks& looks : {Looks{"-p", "-P", "-h", "-f", "-S"}, Looks{"-s", "-U"}}) {
      runs.push_back(std::make_unique<Looking>(edge.port(), looks));
    }
  } else {
    const Looks looks{"-p", "-s", "-P", "-h", "-R", "-C", "-B"};
    runs.push_back(std::make_unique<Looking>(edge.port(), looks));
  }
  const auto end = std::chrono::steady_clock::now() + kPatience * (all ? 3 : 1);
  Findings findings;
  for (const auto& run : runs) {
    ASSERT_TRUE(run->wait_until(end)) << run->log();
    for (auto& [id, finding] : run->findings()) findings[id] = finding;
  }
  for (const auto& [id, finding] : findings) {
    if (!is_of_own_certificate(id)) {
      EXPECT_FALSE(is_bad(finding)) << id << " " << finding.severity << ": " << finding.text;
    }
    if (all)
      std::printf("%-28s %-8s %s\n", id.c_str(), finding.severity.c_str(), finding.text.c_str());
  }

  // It did look.
  std::vector<std::string> ok{"SSLv2",
                              "SSLv3",
                              "TLS1_2",
                              "TLS1_3",
                              "cipher_order",
                              "HSTS_time",
                              "cipherlist_NULL",
                              "cipherlist_aNULL",
                              "cipherlist_EXPORT",
                              "cipherlist_LOW",
                              "cipherlist_STRONG",
                              "secure_renego",
                              "secure_client_renego",
                              "CRIME_TLS",
                              "BREACH"};
  if (all) {
    ok.insert(ok.end(), {"heartbleed", "CCS", "ticketbleed", "POODLE_SSL", "fallback_SCSV",
                         "SWEET32", "FREAK", "DROWN", "LOGJAM", "BEAST", "LUCKY13", "ROBOT"});
  }
  for (const std::string& id : ok) {
    EXPECT_EQ(findings[id].severity, "OK") << id << ": " << findings[id].text;
  }
  for (const char* id : {"cipherlist_3DES_IDEA", "cipherlist_AVERAGE"}) {
    EXPECT_EQ(findings[id].text, "not offered") << id;
  }
  EXPECT_NE(findings["TLS1"].text.find("not offered"), std::string::npos);
  EXPECT_NE(findings["TLS1_1"].text.find("not offered"), std::string::npos);
  EXPECT_EQ(findings["ALPN"].text, "http/1.1");
}

}  // namespace
}  // namespace trunkline::tests
