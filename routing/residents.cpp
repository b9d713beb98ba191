#include "routing/residents.h"

#include <algorithm>

namespace trunkline::routing {

void Residents::enter(wire::BytesView user, const wire::Address& session) {
  auto at = residents_.find(user);
  if (at == residents_.end()) at = residents_.try_emplace(wire::Bytes(user)).first;
  auto& sessions = at->second.sessions;
  if (std::find(sessions.begin(), sessions.end(), session) == sessions.end()) {
    sessions.push_back(session);
  }
}

void Residents::leave(wire::BytesView user, const wire::Address& session) {
  const auto at = residents_.find(user);
  if (at == residents_.end()) return;
  auto& sessions = at->second.sessions;
  const auto gone = std::find(sessions.begin(), sessions.end(), session);
  if (gone != sessions.end()) sessions.erase(gone);
  if (sessions.empty()) residents_.erase(at);
}

void Residents::set_sole(wire::BytesView user, bool sole, std::uint64_t version) {
  const auto at = residents_.find(user);
  if (at == residents_.end() || version <= at->second.version) return;
  at->second.sole = sole;
  at->second.version = version;
}

const Residents::Resident* Residents::find(wire::BytesView user) const {
  const auto at = residents_.find(user);
  return at == residents_.end() ? nullptr : &at->second;
}

}  // namespace trunkline::routing
