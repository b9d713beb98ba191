#include "routing/loads.h"

#include "wire/check.h"

namespace trunkline::routing {

Purpose Loads::take(wire::Ticket ticket) {
  const auto at = under_way_.find(ticket);
  TRUNKLINE_CHECK(at != under_way_.end(), "a store answers what it was asked, once");
  Purpose purpose = std::move(at->second);
  under_way_.erase(at);
  return purpose;
}

}  // namespace trunkline::routing
