-- Integers and floats print, divide, compare and wrap as in stock Lua.
print(1, 1.0, -0.0, 1e15, 1e16, 2^53, 1e100) --> 1	1.0	-0.0	1e+15	1e+16	9.007199254741e+15	1e+100
print(3 / 2, 4 / 2, 7 // 2, -7 // 2, 7 // 2.0, -7 % 3, 7 % -3) --> 1.5	2.0	3	-4	3.0	2	-2
print(1 / 0, -1 / 0, 0 / 0 ~= 0 / 0, math.huge // 1) --> inf	-inf	true	inf
print(math.maxinteger + 1 == math.mininteger, math.mininteger, 1 << 63, 1 << 64) --> true	-9223372036854775808	-9223372036854775808	0
print(pcall(function() return 1 // 0 end)) --> false	numbers.lua:6: attempt to divide by zero
print(math.type(1), math.type(1.0), math.type("1")) --> integer	float	nil
print(1 == 1.0, math.maxinteger + 0.0 == math.maxinteger, 2^53 + 1 == (1 << 53) + 1) --> true	false	false
print("10" + 5, "0x10" * 1, "3.0" + 1, 10 .. 20) --> 15	16	4.0	1020
print(tostring(3.14159265358979), 0.1, 1e-7, 123456789012345678) --> 3.1415926535898	0.1	1e-07	123456789012345678
print(string.format("%d %5.2f %g %x %q %s", 3.0, 2.5, 1e20, 255, 0.1, nil)) --> 3  2.50 1e+20 ff 0x1.999999999999ap-4 nil
print(pcall(string.format, "%d", 3.5)) --> false	bad argument #2 to 'string.format' (number has no integer representation)
print(tonumber("0x7fffffffffffffff"), tonumber("1e1"), tonumber("  12  "), tonumber("12a"), tonumber("zz", 36))
--> 9223372036854775807	10.0	12	nil	1295
for i = math.maxinteger - 1, math.maxinteger do io.write(i, " ") end
print() --> 9223372036854775806 9223372036854775807
for x = 1.0, 2 do io.write(x, " ") end
print() --> 1 2
-- (io.write shows a float without its point, print does not.)
