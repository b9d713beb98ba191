// A rank whose launcher is gone belongs to nobody: no one would end it or start it again, and it
// would go on holding the data. So it ends with its launcher, whatever killed that.
#pragma once

namespace trunkline::backbone {

inline constexpr int kExitOrphan = 5;

// From now on the process ends, with kExitOrphan and in whatever it does, when the process that
// started it has died (SIGUSR2 by PR_SET_PDEATHSIG). A SIGUSR2 of anybody else is ignored: also the
// one that comes when only the launcher's thread has ended that started us, as Open MPI's do. Call
// it once, before MPI and before other threads.
void end_with_launcher();

}  // namespace trunkline::backbone
