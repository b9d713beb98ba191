#include "persistence/progress.h"

#include <gtest/gtest.h>

namespace trunkline::persistence {
namespace {

TEST(Progress, IsABarOfWhatIsDone) {
  EXPECT_EQ(progress_bar("dumping", 5, 10, "messages"),
            "dumping [###############---------------] 50 % of 10 messages");
  EXPECT_EQ(progress_bar("dumping", 12, 10, "messages"),
            "dumping [##############################] 100 % of 10 messages");
  EXPECT_EQ(progress_bar("reading", 7, 0, "bytes"), "reading 7 bytes");
}

}  // namespace
}  // namespace trunkline::persistence
