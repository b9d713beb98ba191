// report.html in a browser, and its figures in gnuplot: that it opens from disk without asking the
// network for anything, and that the first screen has what it should, on a desk and on a phone, by
// day and by night. TRUNKLINE_KEEP keeps the pictures beside the report.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>

#include "cluster/events.h"
#include "cluster/process.h"
#include "lab/experiment_report.h"
#include "tests/lab/recorded_experiment.h"
#include "tests/support/chromium.h"
#include "tests/support/signals.h"

namespace trunkline::tests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;

constexpr Chromium::View kDesk{1200, 800}, kPhone{400, 800};

MadeUp two_arms() {
  return {.launches = 7,
          .arms = {"fused", "process"},
          .slower = {1, 1.5},
          .rates = {1'000, 4'000},
          .samples = 1'000,
          .clock = true,
          .traced = true};
}

class ReportInChromium : public testing::Test {
 protected:
  // One for all: it takes seconds to begin.
  static void SetUpTestSuite() {
    if (Chromium::is_installed()) browser_ = std::make_unique<Chromium>();
  }
  static void TearDownTestSuite() { browser_.reset(); }
  void SetUp() override {
    if (!browser_) GTEST_SKIP() << "there is no Chromium";
    browser_->view({});
  }
  void open(const MadeUpExperiment& made, const Chromium::View& view) {
    browser_->view(view);
    browser_->open("file://" + made.path() + "/report.html");
  }
  double bottom_of(const std::string& selector) {
    return browser_
        ->evaluate("document.querySelector('" + selector + "').getBoundingClientRect().bottom")
        .to_number<double>();
  }
  // Texts of figures that are shown: the height of the smallest letters, in pixels.
  double smallest_letters() {
    return browser_
        ->evaluate(
            "Math.min(...[...document.querySelectorAll('svg text')]"
            ".filter(text => text.getClientRects().length)"
            ".map(text => parseFloat(getComputedStyle(text).fontSize) *"
            " text.getScreenCTM().a))")
        .to_number<double>();
  }
  // Pairs of texts of one figure of which one lies on the other, or that leave their figure.
  std::string texts_that_collide() {
    return json::serialize(browser_->evaluate(R"((() => {
      const bad = [];
      for (const svg of document.querySelectorAll('svg')) {
        if (!svg.getClientRects().length) continue;
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].map(
            text => ({ says: text.textContent, box: text.getBoundingClientRect() }));
        texts.forEach((a, i) => {
          if (a.box.left < frame.left - 1 || a.box.right > frame.right + 1) bad.push(a.says);
          texts.slice(i + 1).forEach(b => {
            const apart = a.box.right - 1 <= b.box.left || b.box.right - 1 <= a.box.left ||
                          a.box.bottom - 3 <= b.box.top || b.box.bottom - 3 <= a.box.top;
            if (!apart) bad.push(a.says + ' | ' + b.says);
          });
        });
      }
      return bad;
    })())"));
  }

  static inline std::unique_ptr<Chromium> browser_;
};

TEST_F(ReportInChromium, AsksForNothingButItself) {
  const MadeUpExperiment made(two_arms());
  lab::write_experiment_report(made.path());
  for (const bool scripts : {true, false}) {
    open(made, {1200, 800, false, scripts});
    EXPECT_EQ(browser_->requests(),
              std::vector<std::string>{"file://" + made.path() + "/report.html"});
    EXPECT_EQ(browser_->complaints(), std::vector<std::string>());
  }
}

// The same eyes see a page that does ask.
TEST_F(ReportInChromium, WouldBeSeenToAsk) {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() + "/page.html") << "<!DOCTYPE html><img src=\"other.png\">";
  browser_->open("file://" + directory.path() + "/page.html");
  EXPECT_EQ(browser_->requests().size(), 2U);
}

TEST_F(ReportInChromium, TheFirstScreenHasVerdictNumbersAndChecks) {
  const MadeUpExperiment made({.launches = 3, .samples = 2'000});
  lab::write_experiment_report(made.path());
  open(made, kDesk);
  for (const char* part : {"#verdict", ".banner", ".numbers", "#checks"}) {
    EXPECT_GT(bottom_of(part), 0) << part;
    EXPECT_LT(bottom_of(part), kDesk.height) << part;
  }
  browser_->save_picture(made.path() + "/exploratory.png");
}

TEST_F(ReportInChromium, CanBeReadOnADeskAndOnAPhone) {
  const MadeUpExperiment made(two_arms());
  lab::write_experiment_report(made.path());
  for (const Chromium::View& view : {kDesk, kPhone}) {
    open(made, view);
    const std::string name = std::to_string(view.width);
    browser_->save_picture(made.path() + "/" + name + ".png");
    EXPECT_EQ(browser_->evaluate("document.documentElement.scrollWidth <= innerWidth"), true)
        << "only tables scroll sideways, not at " << name;
    EXPECT_GE(smallest_letters(), 9.5) << name;
    EXPECT_EQ(texts_that_collide(), "[]") << name;
    EXPECT_LT(bottom_of("#verdict"), view.height / 3) << name;
  }
}

TEST_F(ReportInChromium, ByNightItIsDark) {
  const MadeUpExperiment made({.launches = 1, .samples = 2'000});
  lab::write_experiment_report(made.path());
  const char* const ground = "getComputedStyle(document.body).backgroundColor";
  open(made, kDesk);
  const json::value day = browser_->evaluate(ground);
  open(made, {1200, 800, true});
  browser_->save_picture(made.path() + "/night.png");
  EXPECT_EQ(day, "rgb(255, 255, 255)");
  EXPECT_NE(browser_->evaluate(ground), day);
}

// In a shell, as a reader would.
TEST(ReportInGnuplot, EachFigureIsDrawn) {
  const MadeUpExperiment made(two_arms());
  lab::write_experiment_report(made.path());
  cluster::Events events(made.path());
  die_of_signals();
  cluster::Spawn spawn;
  spawn.log = made.path() + "/gnuplot.log";
  spawn.arguments = {"sh", "-ec", "cd \"$0\"; for script in *.gp; do gnuplot \"$script\"; done",
                     made.path() + "/fig"};
  cluster::Process process(spawn);
  ASSERT_TRUE(events.wait_until([&process] { return process.ended(); }, 60s));
  EXPECT_EQ(process.exit_status(), 0) << content_of(spawn.log);
  std::size_t drawn = 0;
  for (const auto& entry : fs::directory_iterator(made.path() + "/fig")) {
    if (entry.path().extension() != ".gp") continue;
    const std::string svg = entry.path().parent_path() / entry.path().stem();
    EXPECT_NE(content_of(svg + ".gnuplot.svg").find("</svg>"), std::string::npos) << svg;
    ++drawn;
  }
  EXPECT_GT(drawn, 10U);
}

}  // namespace
}  // namespace trunkline::tests
