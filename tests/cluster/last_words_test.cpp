#include "cluster/last_words.h"

#include <gtest/gtest.h>

namespace trunkline::cluster {
namespace {

TEST(LastWords, NameTheRankThatWasKilled) {
  EXPECT_EQ(
      last_words("2026-11-25T22:00:00.000 rank 0 info: serving: trunkline 0.1\n"
                 "--------------------------------------------------------------\n"
                 "mpirun noticed that process rank 1 with PID 0 on node host exited on signal "
                 "9 (Killed).\n"),
      "rank 1 exited on signal 9 (Killed)");
}

TEST(LastWords, NameTheLateLeaveOfARankOnlyWhereNothingElseIsSaid) {
  const std::string late = "2026-11-25T22:00:00.000 rank 1 error: leave_overdue: gave up\n";
  EXPECT_EQ(last_words(late), "rank 1: leave_overdue: gave up");
  EXPECT_EQ(
      last_words(late + "mpirun noticed that process rank 0 with PID 0 on node host exited on "
                        "signal 9 (Killed).\n"),
      "rank 0 exited on signal 9 (Killed)");
}

TEST(LastWords, NameTheRankThatFellSilent) {
  EXPECT_EQ(
      last_words("2026-11-25T22:00:00.000 rank 0 info: serving\n"
                 "2026-11-25T22:00:05.000 rank 0 error: neighbour_silent: nothing heard from "
                 "rank 1 for 5 s; this job ends\n"
                 "mpirun noticed that process rank 1 with PID 0 on node host exited on signal "
                 "9 (Killed).\n"),
      "rank 0: neighbour_silent: nothing heard from rank 1 for 5 s; this job ends");
}

TEST(LastWords, NameTheProcessThatHasTheData) {
  EXPECT_EQ(
      last_words("trunkline-rank: rank 1: /d/rank-1 is in use by process 17; stop that one\n"),
      "rank 1: /d/rank-1 is in use by process 17; stop that one");
}

TEST(LastWords, NameABrokenInvariant) {
  EXPECT_EQ(last_words("noise\nrouting/x.cpp:7: broken invariant: two homes (a == b)\nmore\n"),
            "routing/x.cpp:7: broken invariant: two homes (a == b)");
}

TEST(LastWords, AreEmptyWhereNothingTells) {
  EXPECT_EQ(last_words(""), "");
  EXPECT_EQ(last_words("\n\n"), "");
  EXPECT_EQ(last_words("2026-11-25T22:00:00.000 rank 0 warning: error: is only a word here\n"), "");
  EXPECT_EQ(last_words("a line without its end"), "");
}

}  // namespace
}  // namespace trunkline::cluster
