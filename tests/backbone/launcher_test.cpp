#include "backbone/launcher.h"

#include <gtest/gtest.h>

#include <map>

namespace trunkline::backbone {
namespace {

std::optional<PromisedWorld> promised_by(const std::map<std::string, std::string>& variables) {
  return promised_world([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(Launcher, WithoutOneNothingIsPromised) {
  EXPECT_FALSE(promised_by({{"HOME", "/"}}).has_value());
  EXPECT_EQ(singleton_refusal(1, std::nullopt), "");
}

TEST(Launcher, MpirunCountsBeforeTheAllocationAroundIt) {
  const auto promised = promised_by({{"OMPI_COMM_WORLD_SIZE", "2"}, {"SLURM_NTASKS", "8"}});
  ASSERT_TRUE(promised.has_value());
  EXPECT_EQ(promised->ranks, 2u);
  EXPECT_EQ(singleton_refusal(2, promised), "");
}

TEST(Launcher, SilentSingletonsOfSrunAreRefusedWithTheFix) {
  const auto promised = promised_by({{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "3"}});
  const std::string refusal = singleton_refusal(1, promised);
  EXPECT_NE(refusal.find("SLURM_STEP_NUM_TASKS promises 4 ranks"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("srun --mpi="), std::string::npos) << refusal;
}

TEST(Launcher, AForeignMpiexecIsRefused) {
  EXPECT_NE(singleton_refusal(1, promised_by({{"PMI_SIZE", "2"}})), "");
}

TEST(Launcher, OneTaskIsOneRank) {
  EXPECT_EQ(singleton_refusal(1, promised_by({{"SLURM_NTASKS", "1"}})), "");
}

TEST(Launcher, WhatIsNotANumberIsNoPromise) {
  EXPECT_FALSE(promised_by({{"PMI_SIZE", "many"}}).has_value());
  EXPECT_FALSE(promised_by({{"SLURM_NTASKS", "2(x3)"}}).has_value());
}

}  // namespace
}  // namespace trunkline::backbone
