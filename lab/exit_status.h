// How trunkline-lab ends.
#pragma once

namespace trunkline::lab {

inline constexpr int kExitGood = 0;
inline constexpr int kExitError = 1;       // wrong use, or it could not be measured
inline constexpr int kExitCheck = 2;       // measured, but a check failed
inline constexpr int kExitRegression = 3;  // B is slower than A

}  // namespace trunkline::lab
