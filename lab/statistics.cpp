#include "lab/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace trunkline::lab {
namespace {

// How likely each count of successes is in `count` trials, in logarithms against underflow.
std::vector<double> binomial(std::size_t count, double chance) {
  std::vector<double> likely(count + 1);
  const auto n = static_cast<double>(count);
  for (std::size_t successes = 0; successes <= count; ++successes) {
    const auto k = static_cast<double>(successes);
    likely[successes] = std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                                 k * std::log(chance) + (n - k) * std::log1p(-chance));
  }
  return likely;
}

// How likely each U is where both samples are of one distribution without ties: the number of ways
// to place m among n, one by one, over the number of all.
std::vector<double> distribution_of_u(std::size_t m, std::size_t n) {
  // ways[j][u]: of the first i of m and j of n.
  std::vector<std::vector<double>> ways(n + 1, std::vector<double>(m * n + 1, 0));
  for (auto& of_none : ways) of_none[0] = 1;
  for (std::size_t i = 1; i <= m; ++i) {
    std::vector<std::vector<double>> next(n + 1, std::vector<double>(m * n + 1, 0));
    next[0][0] = 1;
    for (std::size_t j = 1; j <= n; ++j) {
      for (std::size_t u = 0; u <= i * j; ++u) {
        // The largest is one of n, or one of m that stands above j others.
        next[j][u] = next[j - 1][u] + (u >= j ? ways[j][u - j] : 0);
      }
    }
    ways = std::move(next);
  }
  std::vector<double> likely = ways[n];
  const double all = std::accumulate(likely.begin(), likely.end(), 0.0);
  for (double& each : likely) each /= all;
  return likely;
}

double upper_tail_of_normal(double z) {
  return std::erfc(z / std::sqrt(2.0)) / 2;
}

// Σ (t³ − t) over groups of equal values.
double tie_term(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (auto begin = values.begin(); begin != values.end();) {
    const auto end = std::upper_bound(begin, values.end(), *begin);
    const auto size = static_cast<double>(end - begin);
    sum += size * size * size - size;
    begin = end;
  }
  return sum;
}

// The p of a U of so many differences, of which `u` is the larger of both.
double p_of(double u, const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> both = a;
  both.insert(both.end(), b.begin(), b.end());
  const double ties = tie_term(both);
  const auto m = static_cast<double>(a.size()), n = static_cast<double>(b.size());
  if (ties == 0) {
    const std::vector<double> likely = distribution_of_u(a.size(), b.size());
    const double tail =
        std::accumulate(likely.begin() + static_cast<std::ptrdiff_t>(u), likely.end(), 0.0);
    return std::min(1.0, 2 * tail);
  }
  const double all = m + n;
  const double variance = m * n / 12 * (all + 1 - ties / (all * (all - 1)));
  if (variance <= 0) return 1;  // all are equal
  const double z = (u - m * n / 2 - 0.5) / std::sqrt(variance);
  return std::min(1.0, 2 * upper_tail_of_normal(z));
}

}  // namespace

std::uint64_t samples_needed(double quantile) {
  return static_cast<std::uint64_t>(
      std::ceil(std::log((1 - kConfidence) / 2) / std::log(quantile)));
}

// The quantile lies above the value at place `low` if more than `low` values are below it.
std::optional<Places> quantile_places(std::size_t count, double quantile, double confidence) {
  const double each_side = (1 - confidence) / 2;
  const std::vector<double> likely = binomial(count, quantile);
  double below = 0;
  std::size_t low = 0;
  while (low < count && below + likely[low] <= each_side) below += likely[low++];
  double above = 0;
  std::size_t high = count;
  while (high > 0 && above + likely[high] <= each_side) above += likely[high--];
  if (low == 0 || high == count) return std::nullopt;
  return Places{low - 1, high, 1 - below - above};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::optional<Interval> median_interval(std::vector<double> values, double confidence) {
  const auto places = quantile_places(values.size(), 0.5, confidence);
  if (!places) return std::nullopt;
  std::sort(values.begin(), values.end());
  return Interval{values[places->low], values[places->high], places->coverage};
}

Comparison compare(std::vector<double> a, std::vector<double> b, double confidence) {
  std::vector<double> differences;
  double above = 0, equal = 0;
  for (const double mine : a) {
    for (const double other : b) {
      differences.push_back(other - mine);
      above += other > mine;
      equal += other == mine;
    }
  }
  std::sort(differences.begin(), differences.end());
  const auto all = static_cast<double>(differences.size());
  Comparison result;
  result.shift = median(differences);
  result.delta = (2 * above + equal) / all - 1;
  const double u = above + equal / 2;
  result.p = p_of(std::max(u, all - u), a, b);

  const std::vector<double> likely = distribution_of_u(a.size(), b.size());
  double tail = 0;
  std::size_t cut = 0;  // so many differences are left out at each end
  while (2 * cut < differences.size() && tail + likely[cut] <= (1 - confidence) / 2) {
    tail += likely[cut++];
  }
  if (cut > 0) {
    result.shift_interval =
        Interval{differences[cut - 1], differences[differences.size() - cut], 1 - 2 * tail};
  }
  return result;
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&p](auto a, auto b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.size());
  double so_far = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double times = static_cast<double>(p.size() - rank);
    so_far = std::max(so_far, std::min(1.0, times * p[order[rank]]));
    corrected[order[rank]] = so_far;
  }
  return corrected;
}

}  // namespace trunkline::lab
