#include "lab/log_gp.h"

#include <gtest/gtest.h>

namespace trunkline::lab {
namespace {

constexpr std::size_t kSizes[] = {64, 1'024, 16'384, 262'144};

std::vector<PingTime> pings(double start_us, double per_byte_ns, double off_at_16k = 1) {
  std::vector<PingTime> all;
  for (const std::size_t size : kSizes) {
    const double time = start_us + per_byte_ns * static_cast<double>(size - 1) / 1'000;
    all.push_back({size, 100, size == 16'384 ? off_at_16k * time : time});
  }
  return all;
}

TEST(LogGp, FindsALine) {
  const LogGp fit = fit_log_gp(pings(0.4, 0.1));
  ASSERT_TRUE(fit.fits) << fit.why_not;
  EXPECT_NEAR(fit.start_us, 0.4, 1e-9);
  EXPECT_NEAR(fit.per_byte_ns, 0.1, 1e-9);
  EXPECT_NEAR(fit.residual, 0, 1e-9);
  EXPECT_EQ(to_text(fit), "LogGP: L + 2 o 0.40 us, G 0.100 ns a byte (10.0 GB/s), at most 0 % off");
}

TEST(LogGp, SaysHowFarItIsOff) {
  const LogGp fit = fit_log_gp(pings(0.4, 0.1, 1.2));
  ASSERT_TRUE(fit.fits) << fit.why_not;
  EXPECT_GT(fit.residual, 0.03);
  EXPECT_LT(fit.residual, 0.2);
}

TEST(LogGp, IsNotTakenFromWhatIsNoLine) {
  const LogGp fit = fit_log_gp(pings(0.4, 0.1, 3));
  EXPECT_FALSE(fit.fits);
  EXPECT_NE(fit.why_not.find("no line fits"), std::string::npos) << fit.why_not;
  EXPECT_FALSE(fit_log_gp(pings(5, -0.00001)).fits);
}

TEST(LogGp, IsNotTakenFromTooLittle) {
  EXPECT_FALSE(fit_log_gp({}).fits);
  auto few = pings(0.4, 0.1);
  few[0].n = 3;
  EXPECT_EQ(fit_log_gp(few).why_not, "3 pings of 64 bytes are too few");
  few = pings(0.4, 0.1);
  for (PingTime& ping : few) ping.size_bytes = 64;
  EXPECT_FALSE(fit_log_gp(few).fits);
}

}  // namespace
}  // namespace trunkline::lab
