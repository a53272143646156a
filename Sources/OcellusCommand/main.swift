// SPDX-License-Identifier: Apache-2.0

import Foundation

ProcessSetup.configureThreadLibrary()
ProcessSetup.reportFileSizeLimit()
StopRequest.install()
await RootCommand.start()
