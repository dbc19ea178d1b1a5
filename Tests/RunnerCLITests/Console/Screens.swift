/// Runs as they look: what `ScreenTests` compares with. Read them as screens.
enum Screens {
    static let all: [String: String] = [
        "success, 60 columns": #"""
        deploy                          run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c              119ms
                   warning: the work tree has changes that are not
                            in the tagged commit
          ok       build   pages=317                            6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1    46.5s
                           MiB), 210 copied
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge      3.7s
          ok       purge   /*, dropped from every edge            2s
        done in 52.1s
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to take it back: runner rollback
        """#,
        "success, 80 columns": #"""
        deploy                                              run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied       46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                          3.7s
          ok       purge   /*, dropped from every edge                                2s
        done in 52.1s
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to take it back: runner rollback
        """#,
        "success, 120 columns": #"""
        deploy                                                                            run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                                                119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                                              6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied                                     46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                                                        3.7s
          ok       purge   /*, dropped from every edge                                                              2s
        done in 52.1s
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to take it back: runner rollback
        """#,
        "success, off a terminal": #"""
        deploy  run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317  6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied  46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge  3.7s
          ok       purge   /*, dropped from every edge  2s
        done in 52.1s
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to take it back: runner rollback
        """#,
        "failure, 60 columns": #"""
        deploy                          run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c              119ms
                   warning: the work tree has changes that are not
                            in the tagged commit
          ok       build   pages=317                            6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1    46.5s
                           MiB), 210 copied
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge      3.7s
          again    smoke   try 1 of 3: https://www.example.com/ has
                           no `</html>` (200, 31 KiB); next in 250ms
          again    smoke   try 2 of 3: the same error; next in 500ms
          FAILED   smoke                               3 tries  1.5s
                   | ok  tag  this is not a row of the runner
        rolling back
          undone   switch  v1.4.0 -> v1.3.0, on every edge      4.1s
          undone   sync    v1.4.0 deleted                      167ms

        error: step `smoke` failed: https://www.example.com/ has no
            `</html>` (200, 31 KiB)
           --> pipelines/deploy.yml:1:1
          help: to reproduce:
            curl -sSi --max-time 10 https://www.example.com/
        the run failed after 52.1s; everything that it had changed is restored
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors have v1.3.0, as before
        """#,
        "failure, 80 columns": #"""
        deploy                                              run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied       46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                          3.7s
          again    smoke   try 1 of 3: https://www.example.com/ has no `</html>` (200,
                           31 KiB); next in 250ms
          again    smoke   try 2 of 3: the same error; next in 500ms
          FAILED   smoke                                                   3 tries  1.5s
                   | ok  tag  this is not a row of the runner
        rolling back
          undone   switch  v1.4.0 -> v1.3.0, on every edge                          4.1s
          undone   sync    v1.4.0 deleted                                          167ms

        error: step `smoke` failed: https://www.example.com/ has no `</html>` (200, 31
            KiB)
           --> pipelines/deploy.yml:1:1
          help: to reproduce:
            curl -sSi --max-time 10 https://www.example.com/
        the run failed after 52.1s; everything that it had changed is restored
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors have v1.3.0, as before
        """#,
        "failure, 120 columns": #"""
        deploy                                                                            run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                                                119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                                              6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied                                     46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                                                        3.7s
          again    smoke   try 1 of 3: https://www.example.com/ has no `</html>` (200, 31 KiB); next in 250ms
          again    smoke   try 2 of 3: the same error; next in 500ms
          FAILED   smoke                                                                                 3 tries  1.5s
                   | ok  tag  this is not a row of the runner
        rolling back
          undone   switch  v1.4.0 -> v1.3.0, on every edge                                                        4.1s
          undone   sync    v1.4.0 deleted                                                                        167ms

        error: step `smoke` failed: https://www.example.com/ has no `</html>` (200, 31 KiB)
           --> pipelines/deploy.yml:1:1
          help: to reproduce:
            curl -sSi --max-time 10 https://www.example.com/
        the run failed after 52.1s; everything that it had changed is restored
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors have v1.3.0, as before
        """#,
        "failure, off a terminal": #"""
        deploy  run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317  6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied  46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge  3.7s
          again    smoke   try 1 of 3: https://www.example.com/ has no `</html>` (200, 31 KiB); next in 250ms
          again    smoke   try 2 of 3: the same error; next in 500ms
          FAILED   smoke   3 tries  1.5s
                   | ok  tag  this is not a row of the runner
        rolling back
          undone   switch  v1.4.0 -> v1.3.0, on every edge  4.1s
          undone   sync    v1.4.0 deleted  167ms

        error: step `smoke` failed: https://www.example.com/ has no `</html>` (200, 31 KiB)
           --> pipelines/deploy.yml:1:1
          help: to reproduce:
            curl -sSi --max-time 10 https://www.example.com/
        the run failed after 52.1s; everything that it had changed is restored
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors have v1.3.0, as before
        """#,
        "exit 3, 60 columns": #"""
        deploy                          run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c              119ms
                   warning: the work tree has changes that are not
                            in the tagged commit
          ok       build   pages=317                            6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1    46.5s
                           MiB), 210 copied
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge      3.7s
          again    smoke   try 1 of 3: https://www.example.com/ has
                           no `</html>` (200, 31 KiB); next in 250ms
          again    smoke   try 2 of 3: the same error; next in 500ms
          FAILED   smoke                               3 tries  1.5s
                   | ok  tag  this is not a row of the runner
        rolling back
          STUCK    switch                                      900ms
                   | looks

        error: step `smoke` failed: https://www.example.com/ has no
            `</html>` (200, 31 KiB)
           --> pipelines/deploy.yml:1:1
          help: to reproduce:
            curl -sSi --max-time 10 https://www.example.com/
        not restored:
          `switch` (scripted): its rollback failed: distribution
            E2QWRUHAPOMQZL cannot go back to v1.3.0: the release was
            deleted since
          `sync` (scripted): the rollback of a later step did not
            finish
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors may still have v1.4.0
        when the reason is gone: runner rollback 20260131-143349-622-5fce
        """#,
        "exit 3, 80 columns": #"""
        deploy                                              run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied       46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                          3.7s
          again    smoke   try 1 of 3: https://www.example.com/ has no `</html>` (200,
                           31 KiB); next in 250ms
          again    smoke   try 2 of 3: the same error; next in 500ms
          FAILED   smoke                                                   3 tries  1.5s
                   | ok  tag  this is not a row of the runner
        rolling back
          STUCK    switch                                                          900ms
                   | looks

        error: step `smoke` failed: https://www.example.com/ has no `</html>` (200, 31
            KiB)
           --> pipelines/deploy.yml:1:1
          help: to reproduce:
            curl -sSi --max-time 10 https://www.example.com/
        not restored:
          `switch` (scripted): its rollback failed: distribution E2QWRUHAPOMQZL cannot
            go back to v1.3.0: the release was deleted since
          `sync` (scripted): the rollback of a later step did not finish
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors may still have v1.4.0
        when the reason is gone: runner rollback 20260131-143349-622-5fce
        """#,
        "exit 3, 120 columns": #"""
        deploy                                                                            run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                                                119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                                              6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied                                     46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                                                        3.7s
          again    smoke   try 1 of 3: https://www.example.com/ has no `</html>` (200, 31 KiB); next in 250ms
          again    smoke   try 2 of 3: the same error; next in 500ms
          FAILED   smoke                                                                                 3 tries  1.5s
                   | ok  tag  this is not a row of the runner
        rolling back
          STUCK    switch                                                                                        900ms
                   | looks

        error: step `smoke` failed: https://www.example.com/ has no `</html>` (200, 31 KiB)
           --> pipelines/deploy.yml:1:1
          help: to reproduce:
            curl -sSi --max-time 10 https://www.example.com/
        not restored:
          `switch` (scripted): its rollback failed: distribution E2QWRUHAPOMQZL cannot go back to v1.3.0: the release was
            deleted since
          `sync` (scripted): the rollback of a later step did not finish
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors may still have v1.4.0
        when the reason is gone: runner rollback 20260131-143349-622-5fce
        """#,
        "exit 3, off a terminal": #"""
        deploy  run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317  6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied  46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge  3.7s
          again    smoke   try 1 of 3: https://www.example.com/ has no `</html>` (200, 31 KiB); next in 250ms
          again    smoke   try 2 of 3: the same error; next in 500ms
          FAILED   smoke   3 tries  1.5s
                   | ok  tag  this is not a row of the runner
        rolling back
          STUCK    switch  900ms
                   | looks

        error: step `smoke` failed: https://www.example.com/ has no `</html>` (200, 31 KiB)
           --> pipelines/deploy.yml:1:1
          help: to reproduce:
            curl -sSi --max-time 10 https://www.example.com/
        not restored:
          `switch` (scripted): its rollback failed: distribution E2QWRUHAPOMQZL cannot go back to v1.3.0: the release was deleted since
          `sync` (scripted): the rollback of a later step did not finish
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors may still have v1.4.0
        when the reason is gone: runner rollback 20260131-143349-622-5fce
        """#,
        "exit 4, 60 columns": #"""
        deploy                          run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c              119ms
                   warning: the work tree has changes that are not
                            in the tagged commit
          ok       build   pages=317                            6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1    46.5s
                           MiB), 210 copied
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge      3.7s
          LATER    purge                                        1.5s

        error: step `purge` took longer than its limit of 40m
           --> pipelines/deploy.yml:1:1
          until it is done, edges may serve old copies until they
            expire
        live, unfinished after 52.1s: the new release is live and whole
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to do what is missing: runner resume 20260131-143349-622-5fce
        """#,
        "exit 4, 80 columns": #"""
        deploy                                              run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied       46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                          3.7s
          LATER    purge                                                            1.5s

        error: step `purge` took longer than its limit of 40m
           --> pipelines/deploy.yml:1:1
          until it is done, edges may serve old copies until they expire
        live, unfinished after 52.1s: the new release is live and whole
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to do what is missing: runner resume 20260131-143349-622-5fce
        """#,
        "exit 4, 120 columns": #"""
        deploy                                                                            run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                                                119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                                              6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied                                     46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                                                        3.7s
          LATER    purge                                                                                          1.5s

        error: step `purge` took longer than its limit of 40m
           --> pipelines/deploy.yml:1:1
          until it is done, edges may serve old copies until they expire
        live, unfinished after 52.1s: the new release is live and whole
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to do what is missing: runner resume 20260131-143349-622-5fce
        """#,
        "exit 4, off a terminal": #"""
        deploy  run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317  6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied  46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge  3.7s
          LATER    purge   1.5s

        error: step `purge` took longer than its limit of 40m
           --> pipelines/deploy.yml:1:1
          until it is done, edges may serve old copies until they expire
        live, unfinished after 52.1s: the new release is live and whole
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to do what is missing: runner resume 20260131-143349-622-5fce
        """#,
        "already live, 60 columns": #"""
        deploy                          run 20260131-143349-622-5fce
          ok       tag     v1.3.0 at 0123456789ab              119ms
          same     sync    v1.3.0, 317 files, all there         65ms
                           already
          same     switch  v1.3.0, as before, on every edge     40ms
        done in 52.1s
        visitors have v1.3.0, as before
        """#,
        "already live, 80 columns": #"""
        deploy                                              run 20260131-143349-622-5fce
          ok       tag     v1.3.0 at 0123456789ab                                  119ms
          same     sync    v1.3.0, 317 files, all there already                     65ms
          same     switch  v1.3.0, as before, on every edge                         40ms
        done in 52.1s
        visitors have v1.3.0, as before
        """#,
        "already live, 120 columns": #"""
        deploy                                                                            run 20260131-143349-622-5fce
          ok       tag     v1.3.0 at 0123456789ab                                                                119ms
          same     sync    v1.3.0, 317 files, all there already                                                   65ms
          same     switch  v1.3.0, as before, on every edge                                                       40ms
        done in 52.1s
        visitors have v1.3.0, as before
        """#,
        "already live, off a terminal": #"""
        deploy  run 20260131-143349-622-5fce
          ok       tag     v1.3.0 at 0123456789ab  119ms
          same     sync    v1.3.0, 317 files, all there already  65ms
          same     switch  v1.3.0, as before, on every edge  40ms
        done in 52.1s
        visitors have v1.3.0, as before
        """#,
        "tolerated failure, 60 columns": #"""
        deploy                          run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c              119ms
                   warning: the work tree has changes that are not
                            in the tagged commit
          ok       build   pages=317                            6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1    46.5s
                           MiB), 210 copied
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge      3.7s
          FAILED   notify  `curl -fsS                           1.5s
                           https://chat.example.com/hook`
                           failed with exit status 6
                   | curl: (6) Could not resolve host:
                   | chat.example.com
        done in 52.1s
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to take it back: runner rollback
        """#,
        "tolerated failure, 80 columns": #"""
        deploy                                              run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied       46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                          3.7s
          FAILED   notify  `curl -fsS https://chat.example.com/hook` failed with    1.5s
                           exit status 6
                   | curl: (6) Could not resolve host: chat.example.com
        done in 52.1s
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to take it back: runner rollback
        """#,
        "tolerated failure, 120 columns": #"""
        deploy                                                                            run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                                                119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317                                                                              6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied                                     46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge                                                        3.7s
          FAILED   notify  `curl -fsS https://chat.example.com/hook` failed with exit status 6                    1.5s
                   | curl: (6) Could not resolve host: chat.example.com
        done in 52.1s
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to take it back: runner rollback
        """#,
        "tolerated failure, off a terminal": #"""
        deploy  run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c  119ms
                   warning: the work tree has changes that are not in the tagged commit
          ok       build   pages=317  6.2s
          ok       sync    v1.4.0, 317 files: 107 sent (8.1 MiB), 210 copied  46.5s
                   warning: the folder has 2 links that lead nowhere
          ok       switch  v1.3.0 -> v1.4.0, on every edge  3.7s
          FAILED   notify  `curl -fsS https://chat.example.com/hook` failed with exit status 6  1.5s
                   | curl: (6) Could not resolve host: chat.example.com
        done in 52.1s
        v1.4.0 is live at https://www.example.com/ (before: v1.3.0)
        to take it back: runner rollback
        """#,
        "warnings, 60 columns": #"""
        deploy                          run 20260131-143349-622-5fce
                   warning: the journal could not be written: no
                            space is left on the disk
          ok       build                                        6.2s
                   | 1 file stays as it is
                   warning: build: odd
          ok       sync    v1.4.0, 2 files: 2 sent (25 B)       12ms
                   warning: two
                     lines
        done in 52.1s
        """#,
        "warnings, 80 columns": #"""
        deploy                                              run 20260131-143349-622-5fce
                   warning: the journal could not be written: no space is left on the
                            disk
          ok       build                                                            6.2s
                   | 1 file stays as it is
                   warning: build: odd
          ok       sync    v1.4.0, 2 files: 2 sent (25 B)                           12ms
                   warning: two
                     lines
        done in 52.1s
        """#,
        "warnings, 120 columns": #"""
        deploy                                                                            run 20260131-143349-622-5fce
                   warning: the journal could not be written: no space is left on the disk
          ok       build                                                                                          6.2s
                   | 1 file stays as it is
                   warning: build: odd
          ok       sync    v1.4.0, 2 files: 2 sent (25 B)                                                         12ms
                   warning: two
                     lines
        done in 52.1s
        """#,
        "warnings, off a terminal": #"""
        deploy  run 20260131-143349-622-5fce
                   warning: the journal could not be written: no space is left on the disk
          ok       build   6.2s
                   | 1 file stays as it is
                   warning: build: odd
          ok       sync    v1.4.0, 2 files: 2 sent (25 B)  12ms
                   warning: two
                     lines
        done in 52.1s
        """#,
        "interrupted, 60 columns": #"""
        deploy                          run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c              119ms
          STOPPED  build   `make site` was ended by signal 15   1.5s
                   3 earlier lines in the run's log
                   | page 4
                   | page 5
                   | page 6
                   | page 7
                   | page 8
                   | page 9
                   | page 10
                   | page 11
                   | page 12
                   | page 13
                   | page 14
                   | page 15
                   | page 16
                   | page 17
                   | page 18
                   | page 19
                   | page 20
                   | page 21
                   | page 22
                   | page 23
                   | page 24
                   | page 25
                   | page 26
                   | page 27
                   | page 28
                   | page 29
                   | page 30
                   | page 31
                   | page 32
                   | page 33
                   | page 34
                   | page 35
                   | page 36
                   | page 37
                   | page 38
                   | page 39
                   | page 40
                   | page 41
                   | page 42
                   | page 43
                   | page 44
                   | page 45
                   | page 46
                   | page 47
                   | page 48
                   | page 49
                   | page 50
                   | page 51
                   | page 52
                   | page 53
        rolling back

        step `build` was stopped by SIGINT
        the run was stopped after 52.1s; there was nothing to restore
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors have what they had before
        """#,
        "interrupted, 80 columns": #"""
        deploy                                              run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                  119ms
          STOPPED  build   `make site` was ended by signal 15                       1.5s
                   3 earlier lines in the run's log
                   | page 4
                   | page 5
                   | page 6
                   | page 7
                   | page 8
                   | page 9
                   | page 10
                   | page 11
                   | page 12
                   | page 13
                   | page 14
                   | page 15
                   | page 16
                   | page 17
                   | page 18
                   | page 19
                   | page 20
                   | page 21
                   | page 22
                   | page 23
                   | page 24
                   | page 25
                   | page 26
                   | page 27
                   | page 28
                   | page 29
                   | page 30
                   | page 31
                   | page 32
                   | page 33
                   | page 34
                   | page 35
                   | page 36
                   | page 37
                   | page 38
                   | page 39
                   | page 40
                   | page 41
                   | page 42
                   | page 43
                   | page 44
                   | page 45
                   | page 46
                   | page 47
                   | page 48
                   | page 49
                   | page 50
                   | page 51
                   | page 52
                   | page 53
        rolling back

        step `build` was stopped by SIGINT
        the run was stopped after 52.1s; there was nothing to restore
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors have what they had before
        """#,
        "interrupted, 120 columns": #"""
        deploy                                                                            run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c                                                                119ms
          STOPPED  build   `make site` was ended by signal 15                                                     1.5s
                   3 earlier lines in the run's log
                   | page 4
                   | page 5
                   | page 6
                   | page 7
                   | page 8
                   | page 9
                   | page 10
                   | page 11
                   | page 12
                   | page 13
                   | page 14
                   | page 15
                   | page 16
                   | page 17
                   | page 18
                   | page 19
                   | page 20
                   | page 21
                   | page 22
                   | page 23
                   | page 24
                   | page 25
                   | page 26
                   | page 27
                   | page 28
                   | page 29
                   | page 30
                   | page 31
                   | page 32
                   | page 33
                   | page 34
                   | page 35
                   | page 36
                   | page 37
                   | page 38
                   | page 39
                   | page 40
                   | page 41
                   | page 42
                   | page 43
                   | page 44
                   | page 45
                   | page 46
                   | page 47
                   | page 48
                   | page 49
                   | page 50
                   | page 51
                   | page 52
                   | page 53
        rolling back

        step `build` was stopped by SIGINT
        the run was stopped after 52.1s; there was nothing to restore
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors have what they had before
        """#,
        "interrupted, off a terminal": #"""
        deploy  run 20260131-143349-622-5fce
          ok       tag     v1.4.0 at 55b0485cc17c  119ms
          STOPPED  build   `make site` was ended by signal 15  1.5s
                   3 earlier lines in the run's log
                   | page 4
                   | page 5
                   | page 6
                   | page 7
                   | page 8
                   | page 9
                   | page 10
                   | page 11
                   | page 12
                   | page 13
                   | page 14
                   | page 15
                   | page 16
                   | page 17
                   | page 18
                   | page 19
                   | page 20
                   | page 21
                   | page 22
                   | page 23
                   | page 24
                   | page 25
                   | page 26
                   | page 27
                   | page 28
                   | page 29
                   | page 30
                   | page 31
                   | page 32
                   | page 33
                   | page 34
                   | page 35
                   | page 36
                   | page 37
                   | page 38
                   | page 39
                   | page 40
                   | page 41
                   | page 42
                   | page 43
                   | page 44
                   | page 45
                   | page 46
                   | page 47
                   | page 48
                   | page 49
                   | page 50
                   | page 51
                   | page 52
                   | page 53
        rolling back

        step `build` was stopped by SIGINT
        the run was stopped after 52.1s; there was nothing to restore
        report: /p/.runner/runs/20260131-143349-622-5fce/report.html
        visitors have what they had before
        """#,
        "waiting, 60 columns": #"""
        deploy                          run 20260131-143349-622-5fce
          waiting for s3://my-bucket/site, which run
            20260131-143000-000-0001 (process 7 on build) is using

        error: another run has the store
          help: wait
        the run failed after 52.1s; there was nothing to restore
        """#,
        "waiting, 80 columns": #"""
        deploy                                              run 20260131-143349-622-5fce
          waiting for s3://my-bucket/site, which run 20260131-143000-000-0001 (process 7
            on build) is using

        error: another run has the store
          help: wait
        the run failed after 52.1s; there was nothing to restore
        """#,
        "waiting, 120 columns": #"""
        deploy                                                                            run 20260131-143349-622-5fce
          waiting for s3://my-bucket/site, which run 20260131-143000-000-0001 (process 7 on build) is using

        error: another run has the store
          help: wait
        the run failed after 52.1s; there was nothing to restore
        """#,
        "waiting, off a terminal": #"""
        deploy  run 20260131-143349-622-5fce
          waiting for s3://my-bucket/site, which run 20260131-143000-000-0001 (process 7 on build) is using

        error: another run has the store
          help: wait
        the run failed after 52.1s; there was nothing to restore
        """#,
    ]
}
