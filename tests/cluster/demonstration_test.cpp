// scripts/demo-accounts: who may guess a password of the demonstration.
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cluster/demonstration.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::cluster {
namespace {

using Accounts = std::vector<DemonstrationAccount>;

class Demonstration : public testing::Test {
 protected:
  Demonstration() { somebody_is_logged_in(""); }

  // What `who` says.
  void somebody_is_logged_in(const std::string& lines) {
    const std::string who = directory_.path() + "/who";
    std::ofstream(who) << "#!/bin/sh\nprintf '" << lines << "'\n";
    std::filesystem::permissions(who, std::filesystem::perms::owner_all);
  }
  Accounts made(const std::string& environment, const std::string& more = {}) {
    const std::string command =
        "unset SLURM_JOB_ID PBS_JOBID LSB_JOBID JOB_ID; PATH=" + directory_.path() + ":$PATH " +
        environment + " " TRUNKLINE_SOURCE_DIR "/scripts/demo-accounts " + file_ + " 2 " + more;
    FILE* pipe = ::popen(command.c_str(), "r");
    printed_.clear();
    char bytes[4096];
    for (std::size_t size; (size = ::fread(bytes, 1, sizeof bytes, pipe)) > 0;) {
      printed_.append(bytes, size);
    }
    EXPECT_EQ(::pclose(pipe), 0);
    struct stat status {};
    EXPECT_EQ(::stat(file_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    return read_accounts(file_);
  }
  static bool all_are_guessable(const Accounts& accounts) {
    return std::all_of(accounts.begin(), accounts.end(),
                       [](const auto& one) { return one.password == one.name; });
  }
  static bool all_are_random(const Accounts& accounts) {
    return std::all_of(accounts.begin(), accounts.end(),
                       [](const auto& one) { return one.password.size() == 24; });
  }

  tests::TemporaryDirectory directory_;
  std::string file_ = directory_.path() + "/accounts", printed_;
};

TEST_F(Demonstration, AloneAPasswordIsTheName) {
  const Accounts accounts = made("");
  ASSERT_EQ(accounts.size(), 5u);
  EXPECT_EQ(accounts.back().name, "u0002");
  EXPECT_TRUE(all_are_guessable(accounts));
  EXPECT_EQ(printed_, "");
}

TEST_F(Demonstration, InABatchJobPasswordsAreRandomPrintedAndStay) {
  made("");  // names as passwords, from before
  for (const char* job : {"SLURM_JOB_ID=7", "PBS_JOBID=7", "LSB_JOBID=7"}) {
    const Accounts accounts = made(job);
    EXPECT_TRUE(all_are_random(accounts)) << job;
    for (const auto& [name, password] : accounts) {
      EXPECT_NE(printed_.find(name + " " + password), std::string::npos);
    }
    EXPECT_EQ(made(job).front().password, accounts.front().password);
    EXPECT_NE(accounts[0].password, accounts[1].password);
  }
}

TEST_F(Demonstration, WhereAnotherUserIsLoggedInPasswordsAreRandom) {
  somebody_is_logged_in("mallory pts/0\\n");
  EXPECT_TRUE(all_are_random(made("")));
}

TEST_F(Demonstration, ByWishThePasswordIsTheNameAllTheSame) {
  somebody_is_logged_in("mallory pts/0\\n");
  EXPECT_TRUE(all_are_guessable(made("SLURM_JOB_ID=7", "--demo-passwords")));
}

}  // namespace
}  // namespace trunkline::cluster
