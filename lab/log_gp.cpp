#include "lab/log_gp.h"

#include <algorithm>
#include <cmath>

#include "lab/format.h"

namespace trunkline::lab {
namespace {

constexpr std::size_t kSizesLeast = 3;
constexpr std::uint64_t kPingsLeast = 20;
constexpr double kResidualMost = 0.25;

LogGp refused(std::string why) {
  LogGp fit;
  fit.why_not = std::move(why);
  return fit;
}

}  // namespace

LogGp fit_log_gp(const std::vector<PingTime>& pings) {
  if (pings.size() < kSizesLeast) return refused("fewer than three sizes");
  // Sums of squares for time = a + b k, each divided by its own time.
  double ones = 0, sizes = 0, squares = 0, times = 0, products = 0;
  for (const PingTime& ping : pings) {
    if (ping.n < kPingsLeast || ping.one_way_us <= 0) {
      return refused(format("%llu pings of %zu bytes are too few",
                            static_cast<unsigned long long>(ping.n), ping.size_bytes));
    }
    const double k = static_cast<double>(ping.size_bytes) - 1, t = ping.one_way_us;
    ones += 1 / (t * t);
    sizes += k / (t * t);
    squares += k * k / (t * t);
    times += 1 / t;
    products += k / t;
  }
  const double determinant = ones * squares - sizes * sizes;
  if (determinant <= 0) return refused("all of one size");
  LogGp fit;
  fit.start_us = (times * squares - products * sizes) / determinant;
  const double per_byte_us = (ones * products - sizes * times) / determinant;
  fit.per_byte_ns = 1'000 * per_byte_us;
  std::size_t farthest = 0;
  for (const PingTime& ping : pings) {
    const double k = static_cast<double>(ping.size_bytes) - 1;
    const double off = std::abs(fit.start_us + per_byte_us * k - ping.one_way_us) / ping.one_way_us;
    if (off < fit.residual) continue;
    fit.residual = off;
    farthest = ping.size_bytes;
  }
  fit.fits = fit.start_us > 0 && per_byte_us > 0 && fit.residual <= kResidualMost;
  if (!fit.fits) {
    fit.why_not = format("no line fits: %.0f %% off at %zu bytes", 100 * fit.residual, farthest);
  }
  return fit;
}

std::string to_text(const LogGp& fit) {
  if (!fit.fits) return "LogGP: " + fit.why_not;
  return format("LogGP: L + 2 o %.2f us, G %.3f ns a byte (%.1f GB/s), at most %.0f %% off",
                fit.start_us, fit.per_byte_ns, 1 / fit.per_byte_ns, 100 * fit.residual);
}

}  // namespace trunkline::lab
