-- A program, without a function around it. At night it would say cron = "0 3 * * *".
job "backup" {
  every = "15s",
  timeout = "20m",
  overlap = "skip",
  catch_up = "one", within = "1h",
  command = {"tar", "czf", "backup.tar.gz", "lib"},
}
