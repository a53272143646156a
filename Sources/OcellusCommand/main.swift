// SPDX-License-Identifier: Apache-2.0

import Foundation

ProcessSetup.occupyStandardInput()
ProcessSetup.configureThreadLibrary()
ProcessSetup.reportFileSizeLimit()
ProcessSetup.outliveReaders()
StopRequest.install()
await RootCommand.start()
