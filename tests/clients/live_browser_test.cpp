// The live page in Chromium, as people see it: straight from the edge, and below a portal's path.
// TRUNKLINE_PICTURES=DIR keeps pictures of it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "edge/page.h"
#include "tests/support/chromium.h"
#include "tests/support/cluster_under_test.h"
#include "tests/support/prefix_proxy.h"
#include "tests/support/test_client.h"

namespace trunkline::tests {
namespace {

class LiveBrowser : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!Chromium::is_installed()) return;
    cluster_ =
        new ClusterUnderTest({.ranks = 3, .placement = Placement::process, .profile = "lab"});
    chromium_ = new Chromium;
  }
  static void TearDownTestSuite() {
    delete chromium_;
    delete cluster_;
  }
  void SetUp() override {
    if (chromium_ == nullptr) GTEST_SKIP() << "chromium is not installed (Debian: chromium)";
  }

  static std::string address() {
    const std::string url = cluster_->urls().front();  // ws://HOST:PORT/…
    const std::size_t begin = url.find("//") + 2;
    return url.substr(begin, url.find('/', begin) - begin);
  }
  // The page has looked so often, messages flowing meanwhile.
  static void wait_for_looks(int looks) {
    const std::string wanted = std::to_string(looks);
    chromium().wait_for("Number(document.body.dataset.looks ?? 0) >= " + wanted);
  }
  static void keep_picture(const std::string& name) {
    const char* directory = std::getenv("TRUNKLINE_PICTURES");
    if (directory != nullptr) chromium().save_picture(std::string(directory) + "/" + name + ".png");
  }
  static void expect_only_below(const std::string& base) {
    for (const std::string& url : chromium().requests()) {
      EXPECT_TRUE(url.starts_with(base)) << url;
    }
  }
  static void expect_no_complaint() {
    for (const std::string& text : chromium().complaints()) {
      // Where npm could not bring uPlot, its two files are 404, and the page says so.
      if (has_charts()) ADD_FAILURE() << text;
    }
  }
  static bool has_charts() { return edge::page_part("/lab/uplot.js") != nullptr; }
  static Chromium& chromium() { return *chromium_; }
  static bool is_true(const std::string& expression) {
    return chromium().evaluate(expression) == boost::json::value(true);
  }

  static inline ClusterUnderTest* cluster_ = nullptr;
  static inline Chromium* chromium_ = nullptr;
};

TEST_F(LiveBrowser, ShowsTheMapTheHopsAndTheChartsAndAsksNobodyElse) {
  chromium().view({});
  const std::string base = "http://" + address() + "/lab";
  chromium().open(base);
  wait_for_looks(3);
  EXPECT_EQ(chromium().evaluate("document.querySelectorAll('#map td').length"), 9);
  EXPECT_EQ(chromium().evaluate("document.querySelectorAll('.hop').length"), 3);
  EXPECT_TRUE(is_true("/^[0-9]/.test(document.querySelectorAll('#map td')[1].textContent)"));
  EXPECT_TRUE(is_true("document.querySelector('#state').textContent.startsWith('3 ranks')"));
  EXPECT_EQ(chromium().evaluate("document.querySelectorAll('#charts canvas').length"),
            has_charts() ? 4 : 0);
  EXPECT_EQ(chromium().evaluate("document.querySelector('#without-charts').hidden"), has_charts());
  expect_only_below(base);
  expect_no_complaint();
}

TEST_F(LiveBrowser, FitsAPhone) {
  for (const bool dark : {false, true}) {
    chromium().view({.width = 400, .height = 800, .dark = dark});
    chromium().open("http://" + address() + "/lab");
    wait_for_looks(2);
    EXPECT_TRUE(is_true("document.documentElement.scrollWidth <= 400"));
    expect_no_complaint();
  }
}

TEST_F(LiveBrowser, WorksBelowThePathOfAPortal) {
  const PrefixProxy portal(address(), "/rnode/n1/8080");
  chromium().view({});
  chromium().open(portal.url() + "/lab");
  wait_for_looks(2);
  expect_only_below(portal.url() + "/lab");
  expect_no_complaint();
  chromium().open(portal.url() + "/lab/");
  wait_for_looks(1);
  for (const std::string& path : portal.asked()) {
    EXPECT_TRUE(path.starts_with("/rnode/n1/8080/lab")) << path;
  }
}

TEST_F(LiveBrowser, AMapOfManyRanksIsOfColours) {
  chromium().view({.width = 400, .height = 800});
  chromium().open("http://" + address() + "/lab");
  wait_for_looks(1);
  chromium().evaluate("Object.defineProperty(document, 'hidden', {value: true})");  // no more looks
  chromium().evaluate(
      "showMap(lookAt({edge_rtt_us: 1, ranks: Array.from({length: 64}, (_, rank) => ({rank,"
      " depths: {}, round_trips_us: Array.from({length: 64}, (_, to) =>"
      " rank === to ? null : 20 + 3 * Math.abs(rank - to)) }))}))");
  EXPECT_EQ(chromium().evaluate("document.querySelectorAll('#map td').length"), 64 * 64);
  EXPECT_EQ(chromium().evaluate("document.querySelectorAll('#map td')[5].title"),
            "rank 0 to rank 5 and back: 35 µs");
  EXPECT_TRUE(is_true("document.documentElement.scrollWidth <= 400")) << "the map scrolls alone";
  keep_picture("map-400");
  chromium().view({});
  keep_picture("map-1200");
}

TEST_F(LiveBrowser, WithoutScriptsItLeadsToTheTables) {
  chromium().view({.scripts = false});
  chromium().open("http://" + address() + "/lab");
  EXPECT_TRUE(is_true("document.querySelector('noscript a').href.endsWith('/lab/table')"));
  chromium().open("http://" + address() + "/lab/table");
  EXPECT_EQ(chromium().evaluate("document.querySelectorAll('table').length"), 2);
  EXPECT_EQ(chromium().evaluate("getComputedStyle(document.querySelector('section')).padding"),
            "14px 16px")
      << "its style has come";
  keep_picture("table-1200");
  chromium().view({});
}

// Not a test of its own right: pictures of a cluster at work, for people.
TEST_F(LiveBrowser, Pictures) {
  if (std::getenv("TRUNKLINE_PICTURES") == nullptr) GTEST_SKIP() << "TRUNKLINE_PICTURES=DIR";
  Room room;
  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<std::string> users;
  for (int i = 0; i < 6; ++i) {
    users.push_back(cluster_->new_user("user"));
    clients.push_back(std::make_unique<TestClient>(
        room, cluster_->urls()[static_cast<std::size_t>(i) % 3], lab::Protocol::bin));
    clients.back()->login(users.back(), "phone");
  }
  const auto work = [&](int looks) {
    const std::string done = "Number(document.body.dataset.looks ?? 0) >= " + std::to_string(looks);
    for (std::size_t i = 0; !is_true(done); ++i) {
      TestClient& from = *clients[i % 6];
      for (std::size_t k = 0; k < 1 + i % 40; ++k) from.send_direct(users[(i + k) % 6], "typing");
      from.expect_stored(from.send(users[(i + 1) % 6], "hello"));
    }
  };
  for (const bool dark : {false, true}) {
    for (const unsigned width : {1200u, 400u}) {
      chromium().view({.width = width, .height = 800, .dark = dark});
      chromium().open("http://" + address() + "/lab");
      work(15);
      keep_picture("lab-" + std::to_string(width) + (dark ? "-dark" : ""));
    }
  }
}

}  // namespace
}  // namespace trunkline::tests
