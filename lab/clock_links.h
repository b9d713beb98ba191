// From exchanges to curves: the algorithms, and the tree of links by which every clock of a cluster
// is told by that of the laboratory. Pure. Threads: none.
#pragma once

#include <optional>
#include <string_view>

#include "lab/clock_exchanges.h"

namespace trunkline::lab {

enum class ClockAlgorithm : std::uint8_t {
  hull,    // all lines that no exchange contradicts (clock_track.h): a guaranteed bound
  hca3,    // one line through the quickest exchanges of the first seconds, extrapolated; of HCA3
           // (Hunold, Carpen-Amarie 2018) it is the model of a pair, not the tree. No bound
  offset,  // SKaMPI's: the middle of the first burst's envelope, used all along. Its bound widens
           // as fast as clocks may drift
  none     // stamps as they are
};
std::string_view to_string(ClockAlgorithm algorithm);
std::optional<ClockAlgorithm> clock_algorithm_named(std::string_view name);

// Between neighbours of the tree, `from` nearer to the laboratory.
struct ClockLink {
  std::uint16_t from = 0, to = 0;
  bool bounded = true;  // else the curve has no width, and nothing is known of its error
  ClockCurve curve;     // to's clock less from's, by from's clock
};
// The other clock less ours, of exchanges by bursts, of which the first has so many; hca3's has no
// width. REQUIRES: there is an exchange, and the algorithm is not `none`.
ClockCurve clock_curve(std::vector<ClockExchange> exchanges, std::size_t first_burst,
                       ClockAlgorithm algorithm);
// Each clock that exchanges lead to, behind the one that it hangs on. Of all trees the one whose
// links have the shortest round trips.
std::vector<ClockLink> links_of(const ClockExchanges& exchanges, ClockAlgorithm algorithm);

}  // namespace trunkline::lab
