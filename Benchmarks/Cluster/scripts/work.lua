-- What the jobs of the benchmark do.

function add(a, b) return a + b end

-- Some 20 ms of arithmetic.
function count(n)
  local sum = 0
  for i = 1, n do sum = sum + i % 7 end
  return sum
end
